"""How clients stay in step with the server."""
