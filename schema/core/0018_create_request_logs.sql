-- What API keys asked of the API and what they were answered: written in bulk, a moment later, kept for
-- server.log_retention. Each index but the key's is one of the filters of GET /logs.

CREATE TABLE request_log (
    team_id         uuid NOT NULL,
    id              uuid NOT NULL,                 -- drawn when it is written, in the order of the answers
    api_key_id      uuid NOT NULL,
    method          text NOT NULL,
    path            text NOT NULL,                 -- without its query
    response_status smallint NOT NULL,
    took            real NOT NULL,                 -- seconds from the whole request to the answer
    user_agent      text,
    request_id      text NOT NULL,                 -- the X-Request-Id of the answer
    request_body    text,                          -- JSON, secrets struck out and cut short; NULL where there was none
    response_body   text,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (team_id, id)
);
CREATE INDEX request_log_key ON request_log (team_id, api_key_id, id);
CREATE INDEX request_log_path ON request_log (team_id, path, id);
CREATE INDEX request_log_failed ON request_log (team_id, (response_status / 100), id) WHERE response_status >= 400;
