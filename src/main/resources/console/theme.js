// Runs before the first paint: the theme that was chosen, or the one of the system.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem('claude-routes-theme'); } catch { /* storage is off */ }
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
})();
