"use client";

/** Says something to those who listen to the page: in the region that the shell always holds. */
export function announce(text: string): void {
  const region = document.getElementById("announcements");
  if (!region) return;
  region.textContent = "";
  setTimeout(() => {
    region.textContent = text;
  }, 30);
}

/** Where what is announced appears. */
export function Announcements() {
  return <div id="announcements" role="status" aria-live="polite" className="sr-only" />;
}
