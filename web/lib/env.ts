/** Where the API is, as this server reaches it; read on the server alone. */
export function apiUrl(): string {
  return (process.env.MAILIT_URL ?? "http://127.0.0.1:8080").replace(/\/+$/, "");
}

/** Where the reader's own programs reach the API: what stands in a `curl` line. */
export function publicApiUrl(): string {
  return (process.env.MAILIT_PUBLIC_URL ?? apiUrl()).replace(/\/+$/, "");
}

/** Whether a session may live in a cookie without Secure: plain HTTP on a host that is not this machine. */
export function insecureCookies(): boolean {
  return process.env.WEB_INSECURE_COOKIES === "1";
}
