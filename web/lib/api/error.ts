interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What the API answered in place of what was asked for: Resend's error object, with the request's id. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly retryAfter: number | null;

  constructor(status: number, code: string, message: string, requestId: string | null, retryAfter: number | null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }

  /** The API can't be reached, or says that it can't work just now. */
  get away(): boolean {
    return this.status === 0 || this.status >= 502;
  }
}

/** What was asked for. Throws `ApiError` where the answer is another, also where none came at all. */
export async function given<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "unreachable", "MailIt can't be reached.", null, null);
  }
  if (!answer.response.ok || answer.data === undefined) throw await apiError(answer.response, answer.error);
  return answer.data;
}

/** The error that an answer is, from its body as read already, or read now. */
export async function apiError(response: Response, body?: unknown): Promise<ApiError> {
  const said = fields(body ?? (await response.json().catch(() => null)));
  const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ApiError(
    response.status,
    said.name ?? "application_error",
    said.message ?? `The API answered ${response.status}.`,
    response.headers.get("x-request-id"),
    Number.isFinite(wait) ? wait : null,
  );
}

function fields(body: unknown): { name?: string; message?: string } {
  if (typeof body !== "object" || body === null) return {};
  const name = "name" in body && typeof body.name === "string" ? body.name : undefined;
  const message = "message" in body && typeof body.message === "string" ? body.message : undefined;
  return { name, message };
}
