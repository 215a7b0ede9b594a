// Picks the time zone that the browser is set to, while nothing is chosen.
'use strict';
for (const select of document.querySelectorAll('select[data-time-zone]')) {
  if (!select.value) {
    select.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (select.selectedIndex < 0) select.value = '';
  }
}
