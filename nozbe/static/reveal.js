// Puts a button beside each password that shows it. Without this script it is a plain password field.
'use strict';
for (const input of document.querySelectorAll('input[data-reveal]')) {
  const box = document.createElement('div');
  const button = document.createElement('button');
  const name = input.labels[0]?.firstChild.textContent.trim() ?? '';
  const say = (shown) => {
    button.textContent = shown ? 'Hide' : 'Show';
    button.setAttribute('aria-label', `${button.textContent} ${name}`);
  };
  box.className = 'with-button';
  button.className = 'reveal';
  button.type = 'button';
  button.addEventListener('click', () => {
    const shown = input.type === 'password';
    input.type = shown ? 'text' : 'password';
    say(shown);
  });
  say(false);
  input.replaceWith(box);
  box.append(input, button);
  // Browsers offer to save it as a password only when it is sent as one.
  input.form.addEventListener('submit', () => { input.type = 'password'; });
}
