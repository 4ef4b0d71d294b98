-- What lists of mails are filtered by, each by an index that is in the order of the list.

CREATE INDEX email_domain ON email (team_id, domain_id, id);

-- Tags as rows of their own: of a tag that a million mails have, the newest twenty are read off the index.
CREATE TABLE email_tag (
    team_id  uuid NOT NULL,
    name     text NOT NULL,
    value    text NOT NULL,
    email_id uuid NOT NULL,
    PRIMARY KEY (team_id, name, value, email_id)
) PARTITION BY RANGE (email_id);

DO $$
DECLARE
    part record;
BEGIN
    FOR part IN SELECT relname, pg_get_expr(relpartbound, oid) AS bound
                  FROM pg_class JOIN pg_inherits ON inhrelid = oid
                 WHERE inhparent = 'email'::regclass
    LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF email_tag %s',
                       'email_tag_' || substr(part.relname, length('email_') + 1), part.bound);
    END LOOP;
END
$$;

INSERT INTO email_tag (team_id, name, value, email_id)
SELECT DISTINCT email.team_id, tag ->> 0, tag ->> 1, email.id
  FROM email, jsonb_array_elements(email.tags) AS tag
 WHERE email.tags IS NOT NULL;
