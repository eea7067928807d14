// A link with #cited has been scrolled by the browser; one that lost its fragment on the way is scrolled here.
if (!location.hash) {
  document.getElementById("cited")?.scrollIntoView();
}
