"""Django session engines, one a site (`nozbe.sites`)."""
