// Made by `npm run api` from /openapi.json; never written by hand.

export interface paths {
    "/emails": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists mails, newest first: all, or those that the filters leave
         * @description Lists mails, newest first: all, or those that the filters leave. Needs an API key with full access, or an account.
         */
        get: operations["get_emails"];
        put?: never;
        /**
         * Sends one mail, or schedules it
         * @description Sends one mail, or schedules it. With an `Idempotency-Key` it is done once, however often it is asked for. Needs an API key of any permission, or an account.
         */
        post: operations["post_emails"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/emails/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends up to 100 mails: all or none, or with `x-batch-validation: permissive` those that are right
         * @description Sends up to 100 mails: all or none, or with `x-batch-validation: permissive` those that are right. With an `Idempotency-Key` it is done once, however often it is asked for. Needs an API key of any permission, or an account.
         */
        post: operations["post_emails_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/emails/{email_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieves one mail
         * @description Retrieves one mail. Needs an API key with full access, or an account.
         */
        get: operations["get_emails_email_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Gives a scheduled mail another time
         * @description Gives a scheduled mail another time. Needs an API key with full access, or an account.
         */
        patch: operations["patch_emails_email_id"];
        trace?: never;
    };
    "/emails/{email_id}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Gives the message as it was sent; before that, as it would be
         * @description Gives the message as it was sent; before that, as it would be. Needs an API key with full access, or an account.
         */
        get: operations["get_emails_email_id_raw"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/emails/{email_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancels a scheduled mail, for all of its recipients; what was canceled can't be scheduled again
         * @description Cancels a scheduled mail, for all of its recipients; what was canceled can't be scheduled again. Needs an API key with full access, or an account.
         */
        post: operations["post_emails_email_id_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells what the team has sent today and this month, and its limits
         * @description Tells what the team has sent today and this month, and its limits. Needs an API key with full access, or an account.
         */
        get: operations["get_usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/teams/{team_id}/quota": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells what a team may send
         * @description Tells what a team may send. Needs the operator's account.
         */
        get: operations["get_operator_teams_team_id_quota"];
        put?: never;
        post?: never;
        /**
         * Lets a team send what all others may
         * @description Lets a team send what all others may. Needs the operator's account.
         */
        delete: operations["delete_operator_teams_team_id_quota"];
        options?: never;
        head?: never;
        /**
         * Says what a team may send, whatever all others may
         * @description Says what a team may send, whatever all others may. Needs the operator's account.
         */
        patch: operations["patch_operator_teams_team_id_quota"];
        trace?: never;
    };
    "/emails/{email_id}/attachments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what a mail carries, in its order: all of it, where no page is asked for
         * @description Lists what a mail carries, in its order: all of it, where no page is asked for. Needs an API key with full access, or an account.
         */
        get: operations["get_emails_email_id_attachments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/emails/{email_id}/attachments/{attachment_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieves one file of a mail: what it is, and a link to it
         * @description Retrieves one file of a mail: what it is, and a link to it. Needs an API key with full access, or an account.
         */
        get: operations["get_emails_email_id_attachments_attachment_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/files/{email_id}/{attachment_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Gives a file to whoever has a link to it
         * @description Gives a file to whoever has a link to it. Needs no credentials.
         */
        get: operations["get_files_email_id_attachment_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/emails/{email_id}/share": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a link that shows a mail to whoever has it, for a time
         * @description Makes a link that shows a mail to whoever has it, for a time. Needs an API key with full access, or an account.
         */
        post: operations["post_emails_email_id_share"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/share/{email_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows a mail to whoever has a link to it
         * @description Shows a mail to whoever has a link to it. Needs no credentials.
         */
        get: operations["get_share_email_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/emails/preflight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Builds and signs a mail without sending it, and says what each rule of its receivers makes of it
         * @description Builds and signs a mail without sending it, and says what each rule of its receivers makes of it. Needs an API key of any permission, or an account.
         */
        post: operations["post_emails_preflight"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/emails/{email_id}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says of each recipient who has not got the mail the one thing that holds it, or what ended it
         * @description Says of each recipient who has not got the mail the one thing that holds it, or what ended it. Needs an API key with full access, or an account.
         */
        get: operations["get_emails_email_id_why"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/emails/{email_id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells each attempt at each recipient, oldest first, with what was said on the connection
         * @description Tells each attempt at each recipient, oldest first, with what was said on the connection. Needs an API key with full access, or an account.
         */
        get: operations["get_emails_email_id_attempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/event-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Reads the team's event log, oldest first; going on from the last `seq` never skips one
         * @description Reads the team's event log, oldest first; going on from the last `seq` never skips one. Needs an API key with full access, or an account.
         */
        get: operations["get_event_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/event-log/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Streams the event log live, as server-sent events whose ids are the seqs; resumes by `Last-Event-ID`
         * @description Streams the event log live, as server-sent events whose ids are the seqs; resumes by `Last-Event-ID`. Needs an API key with full access, or an account.
         */
        get: operations["get_event_log_stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/emails/{email_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells everything that happened to one mail, oldest first: a row for each recipient and event
         * @description Tells everything that happened to one mail, oldest first: a row for each recipient and event. Needs an API key with full access, or an account.
         */
        get: operations["get_emails_email_id_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/domains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists domains, newest first; all of them where no limit is given
         * @description Lists domains, newest first; all of them where no limit is given. Needs an API key with full access, or an account.
         */
        get: operations["get_domains"];
        put?: never;
        /**
         * Adds a domain with fresh keys, and gives the records to publish
         * @description Adds a domain with fresh keys, and gives the records to publish. Needs an API key with full access, or an account. Its role in the team must be owner or admin.
         */
        post: operations["post_domains"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/domains/{domain_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieves one domain with its records, each with what DNS said of it
         * @description Retrieves one domain with its records, each with what DNS said of it. Needs an API key with full access, or an account.
         */
        get: operations["get_domains_domain_id"];
        put?: never;
        post?: never;
        /**
         * Deletes a domain with its keys
         * @description Deletes a domain with its keys. Mail from it that is still to leave fails when its time comes. Needs an API key with full access, or an account. Its role in the team must be owner or admin.
         */
        delete: operations["delete_domains_domain_id"];
        options?: never;
        head?: never;
        /**
         * Changes what a domain does; records that it then needs, too, are looked for soon
         * @description Changes what a domain does; records that it then needs, too, are looked for soon. Needs an API key with full access, or an account. Its role in the team must be owner or admin.
         */
        patch: operations["patch_domains_domain_id"];
        trace?: never;
    };
    "/domains/{domain_id}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begins to look for the domain's records in DNS; what was found shows in the domain
         * @description Begins to look for the domain's records in DNS; what was found shows in the domain. Needs an API key with full access, or an account. Its role in the team must be owner or admin.
         */
        post: operations["post_domains_domain_id_verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/domains/{domain_id}/dkim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists a domain's DKIM keys, the newest first
         * @description Lists a domain's DKIM keys, the newest first. Needs an API key with full access, or an account.
         */
        get: operations["get_domains_domain_id_dkim"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/domains/{domain_id}/dkim/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes new DKIM keys, to be published beside those that sign; each takes over once DNS was seen to have it
         * @description Makes new DKIM keys, to be published beside those that sign; each takes over once DNS was seen to have it. Needs an API key with full access, or an account. Its role in the team must be owner or admin.
         */
        post: operations["post_domains_domain_id_dkim_rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/domains/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Claims a domain that another team has verified
         * @description Claims a domain that another team has verified. 200: an equal claim was open already, and is unchanged. Needs an API key with full access, or an account. Its role in the team must be owner or admin.
         */
        post: operations["post_domains_claim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/domains/{domain_id}/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Retrieves the latest claim that a domain stands for
         * @description Retrieves the latest claim that a domain stands for. Needs an API key with full access, or an account.
         */
        get: operations["get_domains_domain_id_claim"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/domains/{domain_id}/claim/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begins to look for the claim's record in DNS; where it is found, the domain changes hands
         * @description Begins to look for the claim's record in DNS; where it is found, the domain changes hands. Needs an API key with full access, or an account. Its role in the team must be owner or admin.
         */
        post: operations["post_domains_domain_id_claim_verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists keys, newest first; all of them where no limit is given
         * @description Lists keys, newest first; all of them where no limit is given. Needs an API key with full access, or an account.
         */
        get: operations["get_api_keys"];
        put?: never;
        /**
         * Makes a key; its token is in this answer alone
         * @description Makes a key; its token is in this answer alone. Needs an API key with full access, or an account. Its role in the team must be owner or admin.
         */
        post: operations["post_api_keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api-keys/{api_key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revokes a key, at once and everywhere
         * @description Revokes a key, at once and everywhere. Needs an API key with full access, or an account. Its role in the team must be owner or admin.
         */
        delete: operations["delete_api_keys_api_key_id"];
        options?: never;
        head?: never;
        /**
         * Gives a key another name
         * @description Gives a key another name. Needs an API key with full access, or an account. Its role in the team must be owner or admin.
         */
        patch: operations["patch_api_keys_api_key_id"];
        trace?: never;
    };
    "/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists requests of API keys, newest first; all, or those that filters leave
         * @description Lists requests of API keys, newest first; all, or those that filters leave. Needs an API key with full access, or an account.
         */
        get: operations["get_logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/logs/{log_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows a request with its bodies
         * @description Shows a request with its bodies. Needs an API key with full access, or an account.
         */
        get: operations["get_logs_log_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells whether one may register
         * @description Tells whether one may register. Needs no credentials.
         */
        get: operations["get_auth_register"];
        put?: never;
        /**
         * Makes an account with a team of its own; the first one runs the installation
         * @description Makes an account with a team of its own; the first one runs the installation. Needs no credentials.
         */
        post: operations["post_auth_register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begins a session; answers 401 `totp_required` where the password was right and a code is needed, too
         * @description Begins a session; answers 401 `totp_required` where the password was right and a code is needed, too. Needs no credentials.
         */
        post: operations["post_auth_login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends the session; its tokens are worth nothing from here on
         * @description Ends the session; its tokens are worth nothing from here on. Needs a signed-in account.
         */
        post: operations["post_auth_logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells who the session speaks for and what it may do
         * @description Tells who the session speaks for and what it may do. Needs a signed-in account.
         */
        get: operations["get_auth_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Gives oneself another name
         * @description Gives oneself another name. Needs a signed-in account.
         */
        patch: operations["patch_auth_me"];
        trace?: never;
    };
    "/auth/team": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turns the session to another of one's teams, and gives the token that speaks for it
         * @description Turns the session to another of one's teams, and gives the token that speaks for it. Needs a signed-in account.
         */
        post: operations["post_auth_team"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/forgot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a link to set a new password by, where there is an account; answers the same at once in any case
         * @description Sends a link to set a new password by, where there is an account; answers the same at once in any case. Needs no credentials.
         */
        post: operations["post_auth_forgot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sets a new password by a link, and ends every session of the account
         * @description Sets a new password by a link, and ends every session of the account. Needs no credentials.
         */
        post: operations["post_auth_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tells what an invitation's link invites to
         * @description Tells what an invitation's link invites to. Needs no credentials.
         */
        post: operations["post_auth_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/accept-invite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Joins a team by an invitation's link, with a new account or the one that there is, and signs in to it
         * @description Joins a team by an invitation's link, with a new account or the one that there is, and signs in to it. Needs no credentials.
         */
        post: operations["post_auth_accept_invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sets another password, and ends every other session
         * @description Sets another password, and ends every other session. Needs a signed-in account.
         */
        post: operations["post_auth_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists one's sessions, newest first
         * @description Lists one's sessions, newest first. Needs a signed-in account.
         */
        get: operations["get_auth_sessions"];
        put?: never;
        post?: never;
        /**
         * Ends all of one's sessions but this one
         * @description Ends all of one's sessions but this one. Needs a signed-in account.
         */
        delete: operations["delete_auth_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Ends one of one's sessions, at once and everywhere
         * @description Ends one of one's sessions, at once and everywhere. Needs a signed-in account.
         */
        delete: operations["delete_auth_sessions_session_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells whether codes are asked for when one signs in
         * @description Tells whether codes are asked for when one signs in. Needs a signed-in account.
         */
        get: operations["get_auth_totp"];
        put?: never;
        /**
         * Makes the secret of a second factor; it is asked for once its first code was confirmed
         * @description Makes the secret of a second factor; it is asked for once its first code was confirmed. Needs a signed-in account.
         */
        post: operations["post_auth_totp"];
        /**
         * Switches the second factor off
         * @description Switches the second factor off. Needs a signed-in account.
         */
        delete: operations["delete_auth_totp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/totp/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Switches the second factor on by its first code, and gives the recovery codes
         * @description Switches the second factor on by its first code, and gives the recovery codes. Needs a signed-in account.
         */
        post: operations["post_auth_totp_confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/totp/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes ten new recovery codes in place of those that are left
         * @description Makes ten new recovery codes in place of those that are left. Needs a signed-in account.
         */
        post: operations["post_auth_totp_recovery_codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/team": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows the team
         * @description Shows the team. Needs an API key with full access, or an account.
         */
        get: operations["get_team"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Gives the team another name
         * @description Gives the team another name. Needs a signed-in account. Its role in the team must be owner.
         */
        patch: operations["patch_team"];
        trace?: never;
    };
    "/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes a further team of one's own: for the operator, and for everybody where registration is open
         * @description Makes a further team of one's own: for the operator, and for everybody where registration is open. Needs a signed-in account.
         */
        post: operations["post_teams"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/team/leave": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes oneself out of the team
         * @description Takes oneself out of the team. Needs a signed-in account.
         */
        post: operations["post_team_leave"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/team/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists who is in the team, in the order in which they joined
         * @description Lists who is in the team, in the order in which they joined. Needs an API key with full access, or an account.
         */
        get: operations["get_team_members"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/team/members/{member_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Takes somebody out of the team, at once and everywhere
         * @description Takes somebody out of the team, at once and everywhere. Needs a signed-in account. Its role in the team must be owner or admin.
         */
        delete: operations["delete_team_members_member_id"];
        options?: never;
        head?: never;
        /**
         * Gives somebody another role; owners are made, and end being it, by owners alone
         * @description Gives somebody another role; owners are made, and end being it, by owners alone. Needs a signed-in account. Its role in the team must be owner or admin.
         */
        patch: operations["patch_team_members_member_id"];
        trace?: never;
    };
    "/team/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists invitations that are open, newest first; all of them where no limit is given
         * @description Lists invitations that are open, newest first; all of them where no limit is given. Needs a signed-in account. Its role in the team must be owner or admin.
         */
        get: operations["get_team_invitations"];
        put?: never;
        /**
         * Invites somebody by mail, for seven days; an earlier invitation of the address is worth nothing then
         * @description Invites somebody by mail, for seven days; an earlier invitation of the address is worth nothing then. Needs a signed-in account. Its role in the team must be owner or admin.
         */
        post: operations["post_team_invitations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/team/invitations/{invitation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Withdraws an invitation: its link is worth nothing any more
         * @description Withdraws an invitation: its link is worth nothing any more. Needs a signed-in account. Its role in the team must be owner or admin.
         */
        delete: operations["delete_team_invitations_invitation_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists every team of the installation, newest first
         * @description Lists every team of the installation, newest first. Needs the operator's account.
         */
        get: operations["get_operator_teams"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/queue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells how much waits, in all and by destination
         * @description Tells how much waits, in all and by destination. Needs the operator's account.
         */
        get: operations["get_operator_queue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/queue/envelopes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what waits, one by one, oldest first, with the last words of its receiver
         * @description Lists what waits, one by one, oldest first, with the last words of its receiver. Needs the operator's account.
         */
        get: operations["get_operator_queue_envelopes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/queue/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says why the recipients of a mail have it not yet, whosever it is
         * @description Says why the recipients of a mail have it not yet, whosever it is. Needs the operator's account.
         */
        get: operations["get_operator_queue_why"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/queue/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Makes what waits due now
         * @description Makes what waits due now. Needs the operator's account.
         */
        post: operations["post_operator_queue_retry"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/queue/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Keeps what waits from being tried, until it is released
         * @description Keeps what waits from being tried, until it is released. Needs the operator's account.
         */
        post: operations["post_operator_queue_hold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/queue/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Lets go of what was held
         * @description Lets go of what was held. Needs the operator's account.
         */
        post: operations["post_operator_queue_release"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/queue/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends what waits: it is not tried again
         * @description Ends what waits: it is not tried again. Needs the operator's account.
         */
        post: operations["post_operator_queue_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/sites": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the sites that this process delivers to, the fullest first
         * @description Lists the sites that this process delivers to, the fullest first. Needs the operator's account.
         */
        get: operations["get_operator_sites"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/in-doubt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what may have arrived: its final dot was sent and never answered
         * @description Lists what may have arrived: its final dot was sent and never answered. Needs the operator's account.
         */
        get: operations["get_operator_in_doubt"];
        put?: never;
        /**
         * Settles what is in doubt: sent again, taken as delivered, or given up
         * @description Settles what is in doubt: sent again, taken as delivered, or given up. Needs the operator's account.
         */
        post: operations["post_operator_in_doubt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/plugins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the plugins that are installed, and what each brings
         * @description Lists the plugins that are installed, and what each brings. Needs the operator's account.
         */
        get: operations["get_operator_plugins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/system": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells what the installation is
         * @description Tells what the installation is. Needs an API key of any permission, or an account.
         */
        get: operations["get_system"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/operator/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells how the database, the queue and the way out are
         * @description Tells how the database, the queue and the way out are. Needs the operator's account.
         */
        get: operations["get_operator_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Answers while the process lives
         * @description Answers while the process lives. Needs no credentials.
         */
        get: operations["get_healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Answers 200 while requests are welcome, 503 while the database is away or the process is stopping
         * @description Answers 200 while requests are welcome, 503 while the database is away or the process is stopping. Needs no credentials.
         */
        get: operations["get_readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Describes the API, for programs
         * @description Describes the API, for programs. Needs no credentials.
         */
        get: operations["get_openapi.json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Describes the API, for people
         * @description Describes the API, for people. Needs no credentials.
         */
        get: operations["get_docs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sandbox": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How many messages the sandbox caught in place of sending them
         * @description How many messages the sandbox caught in place of sending them. Needs an API key with full access, or an account.
         */
        get: operations["get_sandbox"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sandbox/emails": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the sandbox caught in place of sending it, newest first
         * @description What the sandbox caught in place of sending it, newest first. Needs an API key with full access, or an account.
         */
        get: operations["get_sandbox_emails"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sandbox/emails/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One message as it would have travelled, signatures and all
         * @description One message as it would have travelled, signatures and all. Needs an API key with full access, or an account.
         */
        get: operations["get_sandbox_emails_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sandbox/emails/{id}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The bytes of one message
         * @description The bytes of one message. Needs an API key with full access, or an account.
         */
        get: operations["get_sandbox_emails_id_raw"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Error
         * @description What every failure answers with; `statusCode` is the HTTP status.
         */
        Error: {
            statusCode: number;
            message: string;
            name: string;
        };
        /**
         * SendEmail
         * @description One mail. `from`, `to` and `subject` are required, and one of `html` and `text`, unless a template has them.
         */
        SendEmail: {
            /** @default null */
            from?: string | null;
            /** @default null */
            to?: string | string[] | null;
            /** @default null */
            subject?: string | null;
            /** @default null */
            cc?: string | string[] | null;
            /** @default null */
            bcc?: string | string[] | null;
            /** @default null */
            reply_to?: string | string[] | null;
            /** @default null */
            html?: string | null;
            /** @default null */
            text?: string | null;
            /** @default null */
            headers?: {
                [key: string]: string;
            } | null;
            /** @default null */
            tags?: components["schemas"]["TagBody"][] | null;
            /** @default null */
            attachments?: components["schemas"]["AttachmentBody"][] | null;
            /** @default null */
            scheduled_at?: string | null;
            /** @default null */
            template?: components["schemas"]["TemplateBody"] | null;
            /** @default null */
            topic_id?: string | null;
        };
        /**
         * TagBody
         * @description A name and a value to find mails by: ASCII letters, digits, `_` and `-`.
         */
        TagBody: {
            name: string;
            value: string;
        };
        /**
         * AttachmentBody
         * @description A file: `content` is base64 text, a list of byte values or a Buffer of Node's, `path` a URL to fetch it from.
         */
        AttachmentBody: {
            content?: string | number[] | {
                /** @constant */
                type: "Buffer";
                data: number[];
            };
            /** @default null */
            filename?: string | null;
            /** @default null */
            path?: string | null;
            /** @default null */
            content_type?: string | null;
            /** @default null */
            content_id?: string | null;
            /** @default null */
            inline_content_id?: string | null;
        };
        /**
         * TemplateBody
         * @description A published template, by id or alias, and the values of its variables.
         */
        TemplateBody: {
            id: string;
            /** @default null */
            variables?: {
                [key: string]: string | number;
            } | null;
        };
        /**
         * Sent
         * @description A mail that was accepted.
         */
        Sent: {
            id: string;
        };
        /**
         * BatchSent
         * @description The mails of a batch that were accepted, in the order of the batch.
         */
        BatchSent: {
            data: components["schemas"]["Sent"][];
            errors?: components["schemas"]["BatchFault"][];
        };
        /**
         * BatchFault
         * @description Why one of a batch was not accepted; the first is 0.
         */
        BatchFault: {
            index: number;
            message: string;
        };
        /**
         * Listing[EmailItem]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_EmailItem_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["EmailItem"][];
        };
        /**
         * EmailItem
         * @description A mail in a list.
         */
        EmailItem: {
            id: string;
            message_id: string;
            to: string[];
            from: string;
            created_at: string;
            subject: string;
            bcc: string[] | null;
            cc: string[] | null;
            reply_to: string[] | null;
            last_event: string;
            scheduled_at: string | null;
        };
        /**
         * EmailsQuery
         * @description Which mails; each of what is given must hold.
         *
         *         `status` is a last event without its `email.`, or several with commas between; `domain` a sending domain's name or
         *         id; `tag` is `name=value`; `recipient` an address of any kind; `since` and `until` are moments.
         */
        EmailsQuery: {
            /** @default null */
            limit?: number | null;
            /** @default null */
            after?: string | null;
            /** @default null */
            before?: string | null;
            /** @default null */
            status?: string | null;
            /** @default null */
            domain?: string | null;
            /** @default null */
            tag?: string | null;
            /** @default null */
            recipient?: string | null;
            /** @default null */
            since?: string | null;
            /** @default null */
            until?: string | null;
        };
        /**
         * EmailView
         * @description A mail, whole.
         */
        EmailView: {
            /** @default email */
            object?: string;
            id: string;
            message_id: string;
            to: string[];
            from: string;
            created_at: string;
            subject: string;
            html: string | null;
            text: string | null;
            bcc: string[];
            cc: string[];
            reply_to: string[];
            last_event: string;
            scheduled_at: string | null;
            tags: components["schemas"]["TagBody"][];
            recipients: components["schemas"]["RecipientView"][];
        };
        /**
         * RecipientView
         * @description One whom a mail goes to, To, Cc and Bcc alike, and how far it got; `reply` is the receiver's last word.
         */
        RecipientView: {
            recipient: string;
            state: string;
            attempts: number;
            in_doubt: boolean;
            exchanger: string | null;
            reply: components["schemas"]["ReplyView"] | null;
            updated_at: string;
            next_attempt_at: string | null;
        };
        /**
         * ReplyView
         * @description What the remote said, word for word; `code` is null where it said nothing that has one.
         */
        ReplyView: {
            code: number | null;
            status: string | null;
            text: string;
        };
        /**
         * RescheduleEmail
         * @description Another time for a scheduled mail, in ISO 8601 or in words as in `POST /emails`.
         */
        RescheduleEmail: {
            /** @default null */
            scheduled_at?: string | null;
        };
        /**
         * EmailNamed
         * @description A mail that was changed.
         */
        EmailNamed: {
            id: string;
            /** @default email */
            object?: string;
        };
        /**
         * UsageView
         * @description What a team has used, and what it may.
         */
        UsageView: {
            /** @default usage */
            object?: string;
            emails: components["schemas"]["EmailUse"];
            contacts: components["schemas"]["Use"];
            segments: components["schemas"]["Use"];
            broadcasts: components["schemas"]["Use"];
            ai_credits: components["schemas"]["CreditUse"];
            automation_runs: components["schemas"]["RunUse"];
            domains: components["schemas"]["Use"];
            rate_limit: components["schemas"]["RateView"];
        };
        /**
         * EmailUse
         * @description What was sent and received.
         */
        EmailUse: {
            daily: components["schemas"]["PeriodUse"];
            monthly: components["schemas"]["PeriodUse"];
        };
        /**
         * PeriodUse
         * @description Recipients of a day or a month (UTC); `limit` is null where there is none.
         */
        PeriodUse: {
            used: number;
            limit: number | null;
            sent: number;
            received: number;
            resets_at: string;
        };
        /**
         * Use
         * @description How many there are, and may be.
         */
        Use: {
            used: number;
            limit: number | null;
        };
        /**
         * CreditUse
         * @description What this installation does not have.
         */
        CreditUse: {
            used: number;
            limit: number | null;
            next_increase_at: string | null;
        };
        /**
         * RunUse
         * @description How many there were in a month.
         */
        RunUse: {
            used: number;
            limit: number | null;
            resets_at: string;
        };
        /**
         * RateView
         * @description Requests in a duration; null where they are not limited.
         */
        RateView: {
            limit: number | null;
            duration: string;
        };
        /**
         * QuotaView
         * @description What a team may send; null is as much as it likes. `own`: it is not what the configuration says of all.
         */
        QuotaView: {
            /** @default quota */
            object?: string;
            team_id: string;
            daily: number | null;
            monthly: number | null;
            own: boolean;
        };
        /**
         * QuotaBody
         * @description Recipients of a day and of a month; null is as many as the team likes, what is left out stays.
         */
        QuotaBody: {
            daily?: number | null;
            monthly?: number | null;
        };
        /**
         * Listing[AttachmentItem]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_AttachmentItem_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["AttachmentItem"][];
        };
        /**
         * AttachmentItem
         * @description A file that a mail carries. `download_url` gives it without a key, until `expires_at`.
         */
        AttachmentItem: {
            id: string;
            filename: string | null;
            size: number;
            content_type: string;
            content_disposition: string;
            content_id: string | null;
            download_url: string;
            expires_at: string;
        };
        /**
         * PageQuery
         * @description How much of a list, and from where: newest first, `after` goes older, `before` newer.
         */
        PageQuery: {
            /** @default null */
            limit?: number | null;
            /** @default null */
            after?: string | null;
            /** @default null */
            before?: string | null;
        };
        /**
         * AttachmentView
         * @description One file of a mail.
         */
        AttachmentView: {
            id: string;
            filename: string | null;
            size: number;
            content_type: string;
            content_disposition: string;
            content_id: string | null;
            download_url: string;
            expires_at: string;
            /** @default attachment */
            object?: string;
        };
        /**
         * Signature
         * @description What a link has behind its path: until when it is good (POSIX seconds), and our signature.
         */
        Signature: {
            /** @default null */
            expires?: number | null;
            /** @default null */
            signature?: string | null;
        };
        /**
         * ShareBody
         * @description For how long: `10m`, `2 hours`, `1 day`; 48 hours at most, and where nothing is said.
         */
        ShareBody: {
            /** @default null */
            expires_in?: string | null;
        };
        /**
         * Shared
         * @description The link to a mail.
         */
        Shared: {
            /** @default email */
            object?: string;
            id: string;
            url: string;
        };
        /**
         * PreflightEmail
         * @description A mail as for `POST /emails`. `marketing`: people subscribe to it, so that they must be able to leave.
         */
        PreflightEmail: {
            /** @default null */
            from?: string | null;
            /** @default null */
            to?: string | string[] | null;
            /** @default null */
            subject?: string | null;
            /** @default null */
            cc?: string | string[] | null;
            /** @default null */
            bcc?: string | string[] | null;
            /** @default null */
            reply_to?: string | string[] | null;
            /** @default null */
            html?: string | null;
            /** @default null */
            text?: string | null;
            /** @default null */
            headers?: {
                [key: string]: string;
            } | null;
            /** @default null */
            tags?: components["schemas"]["TagBody"][] | null;
            /** @default null */
            attachments?: components["schemas"]["AttachmentBody"][] | null;
            /** @default null */
            scheduled_at?: string | null;
            /** @default null */
            template?: components["schemas"]["TemplateBody"] | null;
            /** @default null */
            topic_id?: string | null;
            /** @default false */
            marketing?: boolean;
        };
        /**
         * PreflightView
         * @description What every rule says, the gravest `level` of them, and how large the message is in bytes.
         */
        PreflightView: {
            /** @default preflight */
            object?: string;
            level: string;
            size: number;
            rules: components["schemas"]["RuleView"][];
        };
        /**
         * RuleView
         * @description What one rule says: `level` is `pass`, `warning`, `error` or `unknown`; `fix` is what to do about it.
         */
        RuleView: {
            id: string;
            level: string;
            text: string;
            fix: string | null;
        };
        /**
         * Listing[WhyView]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_WhyView_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["WhyView"][];
        };
        /**
         * WhyView
         * @description What holds one recipient's mail, or what ended it.
         *
         *         `cause` is one of `schedule`, `rate`, `concurrency`, `back-off`, `greylisting`, `suppression`, `in doubt`, `hold`,
         *         `DNS`, `TLS policy`, `refused`. `scope` says whom the reply is about (`recipient`, `sender-ip`, `sender-domain`,
         *         `content`, `policy`, `receiver`), `rule` by which rule. `text` is for people.
         */
        WhyView: {
            recipient: string;
            cause: string;
            scope: string | null;
            rule: string | null;
            since: string;
            next_at: string | null;
            expires_at: string | null;
            reply: components["schemas"]["ReplyView"] | null;
            text: string;
        };
        /**
         * Listing[AttemptView]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_AttemptView_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["AttemptView"][];
        };
        /**
         * AttemptView
         * @description One attempt at one recipient.
         *
         *         `outcome` is that of its event: `delivered`, `delivery_delayed`, `bounced`, `failed`. What was said is in
         *         `transcript`, a line each, `C:` ours and `S:` the server's; it is null where no connection was made, or where it
         *         is kept no longer. So are the facts of the connection.
         */
        AttemptView: {
            recipient: string;
            attempt: number;
            outcome: string;
            began_at: string | null;
            ended_at: string;
            exchanger: string | null;
            address: string | null;
            port: number | null;
            tls: components["schemas"]["TlsView"] | null;
            reply: components["schemas"]["ReplyView"] | null;
            in_doubt: boolean;
            transcript: string | null;
        };
        /**
         * TlsView
         * @description How a connection was encrypted, and the policy that decided; in the clear there is no version.
         */
        TlsView: {
            version: string | null;
            cipher: string | null;
            policy: string | null;
        };
        /**
         * Listing[EventView]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_EventView_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["EventView"][];
        };
        /**
         * EventView
         * @description Something that happened. `recipient` is null where it happened to the whole mail, `data` is a webhook's.
         */
        EventView: {
            id: string;
            seq: number;
            type: string;
            created_at: string;
            email_id: string | null;
            recipient: string | null;
            attempt: number | null;
            exchanger: string | null;
            reply: components["schemas"]["ReplyView"] | null;
            in_doubt: boolean;
            data: Record<string, never>;
        };
        /**
         * LogQuery
         * @description Events past the seq `after`, oldest first; `types` are names with commas between, all where it is absent.
         */
        LogQuery: {
            /** @default 0 */
            after?: number;
            /** @default null */
            types?: string[] | null;
            /** @default 100 */
            limit?: number;
        };
        /**
         * StreamQuery
         * @description Where to begin: past the seq `after`; where neither it nor Last-Event-ID says, now.
         */
        StreamQuery: {
            /** @default null */
            after?: number | null;
            /** @default null */
            types?: string[] | null;
        };
        /**
         * EmailLogQuery
         * @description The same of one mail, which seldom has more than fit.
         */
        EmailLogQuery: {
            /** @default 0 */
            after?: number;
            /** @default 1000 */
            limit?: number;
        };
        /**
         * CreateDomain
         * @description A domain to send from. `custom_return_path` is the label under it that bounces come back to.
         */
        CreateDomain: {
            name: string;
            /** @default null */
            region?: ("ap-northeast-1" | "eu-west-1" | "sa-east-1" | "us-east-1") | null;
            /** @default null */
            custom_return_path?: string | null;
            /** @default null */
            open_tracking?: boolean | null;
            /** @default null */
            click_tracking?: boolean | null;
            /** @default null */
            tls?: ("enforced" | "opportunistic") | null;
            /** @default null */
            capabilities?: components["schemas"]["Capabilities"] | null;
            /** @default null */
            tracking_subdomain?: string | null;
        };
        /**
         * Capabilities
         * @description What a domain is for; at least one of the two.
         */
        Capabilities: {
            /**
             * @default enabled
             * @enum {unknown}
             */
            sending?: "disabled" | "enabled";
            /**
             * @default disabled
             * @enum {unknown}
             */
            receiving?: "disabled" | "enabled";
        };
        /**
         * DomainView
         * @description A domain with its records.
         */
        DomainView: {
            object?: string;
            id: string;
            name: string;
            created_at: string;
            status: string;
            capabilities: components["schemas"]["Capabilities"];
            records: components["schemas"]["RecordView"][];
            region: string;
            open_tracking: boolean;
            click_tracking: boolean;
            tracking_subdomain: string | null;
            tls?: string;
            custom_return_path?: string;
            checked_at?: string | null;
            next_check_at?: string | null;
        };
        /**
         * RecordView
         * @description A DNS record to publish: `name` is relative to the domain, but for receiving and tracking; `full_name` is whole.
         *
         *         `says` is a sentence on what the last look `found` in DNS, `fix` what to do about it, null where nothing is.
         */
        RecordView: {
            record: string;
            name: string;
            type: string;
            ttl: string;
            status: string;
            value: string;
            priority?: number;
            full_name?: string;
            purpose?: string;
            found?: string[];
            says?: string;
            fix?: string | null;
        };
        /**
         * Listing[DomainItem]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_DomainItem_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["DomainItem"][];
        };
        /**
         * DomainItem
         * @description A domain in a list.
         */
        DomainItem: {
            id: string;
            name: string;
            status: string;
            created_at: string;
            region: string;
            open_tracking: boolean;
            click_tracking: boolean;
            capabilities: components["schemas"]["Capabilities"];
        };
        /**
         * UpdateDomain
         * @description What is to be changed of a domain; what is absent stays as it is. `tracking_subdomain` null takes it away.
         */
        UpdateDomain: {
            /** @default null */
            open_tracking?: boolean | null;
            /** @default null */
            click_tracking?: boolean | null;
            /** @default null */
            tls?: ("enforced" | "opportunistic") | null;
            /** @default null */
            capabilities?: components["schemas"]["ChangedCapabilities"] | null;
            tracking_subdomain?: string | null;
        };
        /**
         * ChangedCapabilities
         * @description What a domain is to be for from now on; what is absent stays as it is.
         */
        ChangedCapabilities: {
            /** @default null */
            sending?: ("disabled" | "enabled") | null;
            /** @default null */
            receiving?: ("disabled" | "enabled") | null;
        };
        /**
         * DomainNamed
         * @description Which domain something was done to.
         */
        DomainNamed: {
            id: string;
            /** @default domain */
            object?: string;
        };
        /**
         * DomainDeleted
         * @description A domain that is no more.
         */
        DomainDeleted: {
            id: string;
            /** @default domain */
            object?: string;
            /** @default true */
            deleted?: boolean;
        };
        /**
         * Listing[KeyView]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_KeyView_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["KeyView"][];
        };
        /**
         * KeyView
         * @description A DKIM key: `publishing` until DNS was seen to have it, then `signing`, then `retiring` until `retire_at`.
         *
         *         `signs` tells whether mail is signed with it now: a key that DNS does not have does not sign.
         */
        KeyView: {
            id: string;
            selector: string;
            algorithm: string;
            state: string;
            signs: boolean;
            created_at: string | null;
            seen_at: string | null;
            retire_at: string | null;
            /** @default dkim_key */
            object?: string;
        };
        /**
         * ClaimDomain
         * @description A domain that another team has verified, and how it is to be here.
         */
        ClaimDomain: {
            name: string;
            /** @default null */
            region?: ("ap-northeast-1" | "eu-west-1" | "sa-east-1" | "us-east-1") | null;
            /** @default null */
            custom_return_path?: string | null;
            /** @default null */
            open_tracking?: boolean | null;
            /** @default null */
            click_tracking?: boolean | null;
            /** @default null */
            tracking_subdomain?: string | null;
        };
        /**
         * ClaimView
         * @description A claim: `pending` until its record is found, `blocked` while the owner's mail is under way, then `completed`.
         */
        ClaimView: {
            /** @default domain_claim */
            object?: string;
            id: string;
            name: string;
            status: string;
            domain_id: string | null;
            region: string | null;
            record: components["schemas"]["ClaimRecord"];
            blocked_reason: string | null;
            failure_reason: string | null;
            created_at: string;
            expires_at: string;
        };
        /**
         * ClaimRecord
         * @description The TXT record that proves a claim; `name` is the domain itself.
         */
        ClaimRecord: {
            /**
             * @default TXT
             * @enum {unknown}
             */
            type?: "TXT";
            name: string;
            value: string;
            /** @default Auto */
            ttl?: string;
        };
        /**
         * CreateApiKey
         * @description A key to make: `domain_id` goes with `sending_access`.
         */
        CreateApiKey: {
            name: string;
            /** @default null */
            permission?: ("full_access" | "sending_access") | null;
            /** @default null */
            domain_id?: string | null;
        };
        /**
         * ApiKeyCreated
         * @description A key that was made; the token is shown here and never again.
         */
        ApiKeyCreated: {
            id: string;
            token: string;
        };
        /**
         * Listing[ApiKeyItem]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_ApiKeyItem_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["ApiKeyItem"][];
        };
        /**
         * ApiKeyItem
         * @description A key in a list: never its token. From `prefix` on it is what somebody who has signed in sees beyond Resend's.
         */
        ApiKeyItem: {
            id: string;
            name: string;
            created_at: string;
            last_used_at: string | null;
            prefix?: string;
            permission?: string;
            domain_id?: string | null;
            created_by?: string | null;
        };
        /**
         * RenameApiKey
         * @description Another name for a key.
         */
        RenameApiKey: {
            name: string;
        };
        /**
         * ApiKeyNamed
         * @description Which key something was done to.
         */
        ApiKeyNamed: {
            id: string;
            /** @default api_key */
            object?: string;
        };
        /**
         * ApiKeyDeleted
         * @description A key that is no more.
         */
        ApiKeyDeleted: {
            id: string;
            /** @default api_key */
            object?: string;
            /** @default true */
            deleted?: boolean;
        };
        /**
         * Listing[LogItem]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_LogItem_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["LogItem"][];
        };
        /**
         * LogItem
         * @description A request in a list. From `request_id` on it is what somebody who has signed in sees beyond Resend's.
         */
        LogItem: {
            id: string;
            created_at: string;
            endpoint: string;
            method: string;
            response_status: number;
            user_agent: string | null;
            request_id?: string;
            duration_ms?: number;
            api_key_id?: string;
        };
        /**
         * LogsQuery
         * @description Which requests; each of what is given must hold.
         *
         *         `status` is one such as `422`, or a class such as `4xx`; `path` is exact; `since` and `until` are moments.
         */
        LogsQuery: {
            /** @default null */
            limit?: number | null;
            /** @default null */
            after?: string | null;
            /** @default null */
            before?: string | null;
            /** @default null */
            status?: string | null;
            /** @default null */
            path?: string | null;
            /** @default null */
            api_key_id?: string | null;
            /** @default null */
            since?: string | null;
            /** @default null */
            until?: string | null;
        };
        /**
         * LogView
         * @description A request with its bodies: secrets and files are struck out of them, and what is long is cut.
         */
        LogView: {
            id: string;
            created_at: string;
            endpoint: string;
            method: string;
            response_status: number;
            user_agent: string | null;
            request_id?: string;
            duration_ms?: number;
            api_key_id?: string;
            /** @default log */
            object?: string;
            request_body: unknown;
            response_body: unknown;
            api_key_name?: string | null;
        };
        /**
         * RegistrationView
         * @description Whether somebody may register now, and whether that account would be the first, which runs the installation.
         */
        RegistrationView: {
            /** @default registration */
            object?: string;
            open: boolean;
            first: boolean;
        };
        /**
         * Register
         * @description Somebody new, and the team that will be theirs.
         */
        Register: {
            email: string;
            password: string;
            name: string;
            team_name: string;
        };
        /**
         * SignedInView
         * @description A session that has begun: the token is good for 24 hours, or until it is revoked.
         */
        SignedInView: {
            token: string;
            user: components["schemas"]["UserView"];
        };
        /**
         * UserView
         * @description An account.
         */
        UserView: {
            id: string;
            email: string;
            name: string;
            operator: boolean;
            created_at: string;
        };
        /**
         * Login
         * @description Who somebody says they are. `code` goes with a second factor: the application's, or a recovery code.
         */
        Login: {
            email: string;
            password: string;
            /** @default null */
            code?: string | null;
        };
        /**
         * SignedOut
         * @description A session that has ended.
         */
        SignedOut: {
            id: string;
            /** @default session */
            object?: string;
            /** @default true */
            deleted?: boolean;
        };
        /**
         * MeView
         * @description Who a session speaks for; `token` is there past half the life of the one that was sent, and replaces it.
         */
        MeView: {
            user: components["schemas"]["UserView"];
            team: components["schemas"]["TeamView"];
            teams: components["schemas"]["TeamView"][];
            role: string;
            permissions: string[];
            token?: string;
        };
        /**
         * TeamView
         * @description A team, and the account's role in it.
         */
        TeamView: {
            id: string;
            name: string;
            role: string;
            created_at: string;
        };
        /**
         * Turn
         * @description Another of one's teams.
         */
        Turn: {
            team_id: string;
        };
        /**
         * TurnedView
         * @description A session as it speaks for another team: by this token; the one that was sent still speaks for the other.
         */
        TurnedView: {
            token: string;
            user: components["schemas"]["UserView"];
            team: components["schemas"]["TeamView"];
        };
        /**
         * Forgot
         * @description Whose password is to be set anew.
         */
        Forgot: {
            email: string;
        };
        /**
         * Asked
         * @description Heard. Whether there is such an account is not said.
         */
        Asked: {
            /** @default password_reset */
            object?: string;
            /** @default If there is an account of this address, a mail with a link is on its way. */
            message?: string;
        };
        /**
         * Reset
         * @description A new password, by the token of a link.
         */
        Reset: {
            token: string;
            password: string;
        };
        /**
         * AccountNamed
         * @description Which account something was done to.
         */
        AccountNamed: {
            id: string;
            /** @default account */
            object?: string;
        };
        /**
         * InvitationToken
         * @description The token of an invitation's link.
         */
        InvitationToken: {
            token: string;
        };
        /**
         * InvitationShown
         * @description What a link invites to. `registered`: the address has an account, and joins by its password.
         */
        InvitationShown: {
            /** @default invitation */
            object?: string;
            team: string;
            email: string;
            role: string;
            invited_by: string | null;
            registered: boolean;
            expires_at: string;
        };
        /**
         * AcceptInvite
         * @description Joins a team: `name` and a new `password`, or the password (and `code`) of the account that there is.
         */
        AcceptInvite: {
            token: string;
            password: string;
            /** @default null */
            name?: string | null;
            /** @default null */
            code?: string | null;
        };
        /**
         * Rename
         * @description Another name.
         */
        Rename: {
            name: string;
        };
        /**
         * ChangePassword
         * @description Another password; the present one shows that it is its owner who asks.
         */
        ChangePassword: {
            current_password: string;
            new_password: string;
        };
        /**
         * Listing[SessionItem]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_SessionItem_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["SessionItem"][];
        };
        /**
         * SessionItem
         * @description A session: where it began, when it was last used; `current` is the one that asks.
         */
        SessionItem: {
            id: string;
            created_at: string;
            last_used_at: string | null;
            expires_at: string;
            address: string;
            user_agent: string;
            current: boolean;
        };
        /**
         * SessionsEnded
         * @description How many sessions were ended.
         */
        SessionsEnded: {
            ended: number;
            /** @default session */
            object?: string;
        };
        /**
         * TotpState
         * @description Whether codes are asked for, since when, and how many recovery codes are left.
         */
        TotpState: {
            /** @default totp */
            object?: string;
            enabled: boolean;
            enabled_at: string | null;
            recovery_codes_left: number;
        };
        /**
         * Password
         * @description The account's password, which shows that it is its owner who asks.
         */
        Password: {
            password: string;
        };
        /**
         * TotpSecret
         * @description A secret for an application, to type or, as `otpauth_url`, in a QR code; it counts once it was confirmed.
         */
        TotpSecret: {
            /** @default totp */
            object?: string;
            secret: string;
            otpauth_url: string;
        };
        /**
         * Code
         * @description A code of the application.
         */
        Code: {
            code: string;
        };
        /**
         * RecoveryCodes
         * @description Codes for when the application is lost, each good once; they are shown here and never again.
         */
        RecoveryCodes: {
            /** @default totp */
            object?: string;
            recovery_codes: string[];
        };
        /**
         * TotpEnded
         * @description Codes are asked for no more.
         */
        TotpEnded: {
            /** @default totp */
            object?: string;
            /** @default false */
            enabled?: boolean;
        };
        /**
         * TeamShown
         * @description A team, and how many are in it.
         */
        TeamShown: {
            /** @default team */
            object?: string;
            id: string;
            name: string;
            created_at: string;
            members: number;
        };
        /**
         * TeamName
         * @description A team's name.
         */
        TeamName: {
            name: string;
        };
        /**
         * TeamNamed
         * @description Which team something was done to.
         */
        TeamNamed: {
            id: string;
            /** @default team */
            object?: string;
        };
        /**
         * MemberRemoved
         * @description Somebody who is in the team no more.
         */
        MemberRemoved: {
            id: string;
            /** @default member */
            object?: string;
            /** @default true */
            deleted?: boolean;
        };
        /**
         * Listing[MemberItem]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_MemberItem_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["MemberItem"][];
        };
        /**
         * MemberItem
         * @description Somebody in a team, by the id of his account; `totp`: he signs in with a second factor.
         */
        MemberItem: {
            id: string;
            email: string;
            name: string;
            role: string;
            created_at: string;
            totp: boolean;
        };
        /**
         * GiveRole
         * @description Another role.
         */
        GiveRole: {
            /** @enum {unknown} */
            role: "admin" | "member" | "owner";
        };
        /**
         * MemberNamed
         * @description Which member something was done to.
         */
        MemberNamed: {
            id: string;
            /** @default member */
            object?: string;
        };
        /**
         * Invite
         * @description Whom to invite, and as what.
         */
        Invite: {
            email: string;
            /**
             * @default member
             * @enum {unknown}
             */
            role?: "admin" | "member" | "owner";
        };
        /**
         * InvitationView
         * @description An invitation that was made. `mailed` false: there is no domain to send it from yet, so pass the link on.
         */
        InvitationView: {
            id: string;
            email: string;
            role: string;
            invited_by: string | null;
            created_at: string;
            expires_at: string;
            url: string | null;
            /** @default invitation */
            object?: string;
            mailed: boolean;
        };
        /**
         * Listing[InvitationItem]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_InvitationItem_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["InvitationItem"][];
        };
        /**
         * InvitationItem
         * @description An invitation; `url` is its link, null for those who could not give the role themselves.
         */
        InvitationItem: {
            id: string;
            email: string;
            role: string;
            invited_by: string | null;
            created_at: string;
            expires_at: string;
            url: string | null;
        };
        /**
         * InvitationWithdrawn
         * @description An invitation whose link is worth nothing any more.
         */
        InvitationWithdrawn: {
            id: string;
            /** @default invitation */
            object?: string;
            /** @default true */
            deleted?: boolean;
        };
        /**
         * Listing[TeamOverview]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_TeamOverview_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["TeamOverview"][];
        };
        /**
         * TeamOverview
         * @description A team as the operator sees it.
         */
        TeamOverview: {
            id: string;
            name: string;
            created_at: string;
            members: number;
            domains: number;
            api_keys: number;
        };
        /**
         * QueueView
         * @description What waits: `due` now, `waiting` for its time, `claimed` by a process, `held` for a person.
         *
         *         `oldest_at` is when the first of it was accepted.
         */
        QueueView: {
            /** @default queue */
            object?: string;
            due: number;
            waiting: number;
            claimed: number;
            held: number;
            in_doubt: number;
            oldest_at: string | null;
            domains: components["schemas"]["DomainQueueView"][];
        };
        /**
         * DomainQueueView
         * @description How much waits for one destination.
         */
        DomainQueueView: {
            domain: string;
            due: number;
            waiting: number;
            claimed: number;
            held: number;
            in_doubt: number;
            next_at: string | null;
        };
        /**
         * Listing[EnvelopeView]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_EnvelopeView_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["EnvelopeView"][];
        };
        /**
         * EnvelopeView
         * @description One envelope as it stands; `state` is `waiting`, `claimed` or `held`.
         */
        EnvelopeView: {
            id: string;
            email_id: string;
            team_id: string;
            domain: string;
            recipient: string;
            state: string;
            attempt: number;
            in_doubt: boolean;
            due_at: string;
            expires_at: string;
            exchanger: string | null;
            reply: string;
        };
        /**
         * EnvelopesQuery
         * @description Which envelopes: by `id` (of an email, or of one recipient's delivery), `domain`, `team_id`; oldest first.
         */
        EnvelopesQuery: {
            /** @default null */
            id?: string | null;
            /** @default null */
            domain?: string | null;
            /** @default null */
            team_id?: string | null;
            /** @default null */
            after?: string | null;
            /** @default 100 */
            limit?: number;
        };
        /**
         * WhyQuery
         * @description Which mail: `id` is an email's, or that of one recipient's delivery.
         */
        WhyQuery: {
            id: string;
        };
        /**
         * ChosenBody
         * @description Which envelopes are meant: each of what is given must hold; everything only where `all` says so.
         */
        ChosenBody: {
            /** @default null */
            ids?: string[] | null;
            /** @default null */
            domain?: string | null;
            /** @default null */
            team_id?: string | null;
            /** @default false */
            all?: boolean;
        };
        /**
         * Changed
         * @description How many recipients' envelopes were changed; what is in a process's hands at this moment stays as it is.
         */
        Changed: {
            /** @default changed */
            object?: string;
            changed: number;
        };
        /**
         * Listing[SiteView]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_SiteView_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["SiteView"][];
        };
        /**
         * SiteView
         * @description A site as this process sees it: `name` has its exchangers. `rate` is in mails a second, of late.
         *
         *         `most_sessions` and `allowed` (mails a second) are this process's part of what was learned.
         */
        SiteView: {
            name: string;
            source: string | null;
            waiting: number;
            in_hand: number;
            sessions: number;
            most_sessions: number;
            rate: number;
            allowed: number | null;
            oldest_at: string | null;
            hold: components["schemas"]["HoldView"] | null;
            hosts: components["schemas"]["HostView"][];
            learned: components["schemas"]["LearnedView"] | null;
        };
        /**
         * HoldView
         * @description What holds a site's mail: `rate`, `concurrency` or `back-off`.
         */
        HoldView: {
            cause: string;
            since: string;
            until: string | null;
            reply: components["schemas"]["ReplyView"] | null;
        };
        /**
         * HostView
         * @description One address of one exchanger; `until` is set while it is left alone.
         */
        HostView: {
            host: string;
            address: string;
            sessions: number;
            failures: number;
            until: string | null;
            reply: components["schemas"]["ReplyView"] | null;
        };
        /**
         * LearnedView
         * @description How fast a site takes mail from one source, by all processes together. `rate` is in mails a second.
         *
         *         `provider` and `reason` are what is known of it beforehand, `slowed_at` and `reply` when it last asked for less.
         *         `most_today` is set while the source warms up.
         */
        LearnedView: {
            sessions: number;
            rate: number | null;
            messages: number;
            processes: number;
            provider: string | null;
            reason: string | null;
            slowed_at: string | null;
            reply: components["schemas"]["ReplyView"] | null;
            sent_today: number | null;
            most_today: number | null;
        };
        /**
         * Listing[DoubtView]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_DoubtView_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["DoubtView"][];
        };
        /**
         * DoubtView
         * @description An envelope whose final dot was sent and never answered.
         *
         *         `held`: nothing happens until somebody decides; otherwise it is due again at `due_at`.
         */
        DoubtView: {
            id: string;
            email_id: string;
            team_id: string;
            domain: string;
            recipient: string;
            attempt: number;
            held: boolean;
            claimed: boolean;
            since: string | null;
            due_at: string;
            expires_at: string;
            exchanger: string | null;
            text: string | null;
        };
        /**
         * DoubtsQuery
         * @description From where: past the envelope `after`, oldest first.
         */
        DoubtsQuery: {
            /** @default null */
            after?: string | null;
            /** @default 100 */
            limit?: number;
        };
        /**
         * DecisionBody
         * @description The same, and what becomes of them: `resend`, `assume_sent` or `fail`.
         */
        DecisionBody: {
            /** @default null */
            ids?: string[] | null;
            /** @default null */
            domain?: string | null;
            /** @default null */
            team_id?: string | null;
            /** @default false */
            all?: boolean;
            /** @enum {unknown} */
            decision: "assume_sent" | "fail" | "resend";
        };
        /**
         * Listing[PluginView]
         * @description A page of a list; its `object` is `list`.
         */
        Listing_PluginView_: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["PluginView"][];
        };
        /**
         * PluginView
         * @description A plugin that is installed; `adds` counts what it brings, `settings` are its section without secrets.
         */
        PluginView: {
            name: string;
            enabled: boolean;
            version: string | null;
            requires: string[];
            adds: {
                [key: string]: number;
            };
            routes: string[];
            settings: {
                [key: string]: string;
            };
        };
        /**
         * SystemView
         * @description How mail leaves here, which version this is, and the name by which it greets others.
         */
        SystemView: {
            mode: string;
            version: string;
            hostname: string;
        };
        /**
         * OperatorHealth
         * @description How the installation's parts are.
         *
         *         `database_ms` is what its database took to answer; `oldest_at` is when the oldest mail that waits was accepted,
         *         what is only scheduled left out. `way_out` is whether exchangers are reached: `shut` where several could not be
         *         and none was, `unknown` while nothing was sent of late, `unused` where mail leaves another way or not at all.
         */
        OperatorHealth: {
            /** @default health */
            object?: string;
            database_ms: number;
            oldest_at: string | null;
            /** @enum {unknown} */
            way_out: "open" | "shut" | "unknown" | "unused";
        };
        /**
         * Health
         * @description How it goes.
         */
        Health: {
            status: string;
        };
        /**
         * SandboxView
         * @description How many messages were caught; 10,000 stands for as many and more.
         */
        SandboxView: {
            /** @default sandbox */
            object?: string;
            caught: number;
        };
        /**
         * CaughtList
         * @description A page of messages; its `object` is `list`.
         */
        CaughtList: {
            /** @enum {unknown} */
            object: "list";
            has_more: boolean;
            data: components["schemas"]["CaughtItem"][];
        };
        /**
         * CaughtItem
         * @description A message in a list. `id` is the delivery's; `size` is in bytes.
         */
        CaughtItem: {
            id: string;
            email_id: string;
            from: string;
            to: string;
            subject: string;
            return_path: string;
            size: number;
            created_at: string;
        };
        /**
         * CaughtQuery
         * @description Query of `GET /sandbox/emails`: a page, newest first.
         */
        CaughtQuery: {
            /** @default 20 */
            limit?: number;
            /** @default null */
            after?: string | null;
            /** @default null */
            before?: string | null;
        };
        /**
         * CaughtView
         * @description One message, with its source.
         */
        CaughtView: {
            id: string;
            email_id: string;
            from: string;
            to: string;
            subject: string;
            return_path: string;
            size: number;
            created_at: string;
            raw: string;
            /** @default sandbox_email */
            object?: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_emails: {
        parameters: {
            query?: {
                limit?: number | null;
                after?: string | null;
                before?: string | null;
                status?: string | null;
                domain?: string | null;
                tag?: string | null;
                recipient?: string | null;
                since?: string | null;
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_EmailItem_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_emails: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendEmail"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sent"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_emails_batch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SendEmail"][];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchSent"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_emails_email_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                email_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmailView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_emails_email_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                email_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RescheduleEmail"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmailNamed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_emails_email_id_raw: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                email_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "message/rfc822": unknown;
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_emails_email_id_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                email_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmailNamed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_usage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_operator_teams_team_id_quota: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                team_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuotaView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_operator_teams_team_id_quota: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                team_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuotaView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_operator_teams_team_id_quota: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                team_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuotaBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuotaView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_emails_email_id_attachments: {
        parameters: {
            query?: {
                limit?: number | null;
                after?: string | null;
                before?: string | null;
            };
            header?: never;
            path: {
                email_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_AttachmentItem_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_emails_email_id_attachments_attachment_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                email_id: string;
                attachment_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AttachmentView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_files_email_id_attachment_id: {
        parameters: {
            query?: {
                expires?: number | null;
                signature?: string | null;
            };
            header?: never;
            path: {
                email_id: string;
                attachment_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_emails_email_id_share: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                email_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShareBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Shared"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_share_email_id: {
        parameters: {
            query?: {
                expires?: number | null;
                signature?: string | null;
            };
            header?: never;
            path: {
                email_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": unknown;
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_emails_preflight: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreflightEmail"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreflightView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_emails_email_id_why: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                email_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_WhyView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_emails_email_id_attempts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                email_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_AttemptView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_event_log: {
        parameters: {
            query?: {
                after?: number;
                types?: string[] | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_EventView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_event_log_stream: {
        parameters: {
            query?: {
                after?: number | null;
                types?: string[] | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["EventView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_emails_email_id_events: {
        parameters: {
            query?: {
                after?: number;
                limit?: number;
            };
            header?: never;
            path: {
                email_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_EventView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_domains: {
        parameters: {
            query?: {
                limit?: number | null;
                after?: string | null;
                before?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_DomainItem_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_domains: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateDomain"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DomainView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_domains_domain_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DomainView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_domains_domain_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DomainDeleted"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_domains_domain_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateDomain"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DomainNamed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_domains_domain_id_verify: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DomainNamed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_domains_domain_id_dkim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_KeyView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_domains_domain_id_dkim_rotate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_KeyView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_domains_claim: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClaimDomain"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_domains_domain_id_claim: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_domains_domain_id_claim_verify: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                domain_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClaimView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_api_keys: {
        parameters: {
            query?: {
                limit?: number | null;
                after?: string | null;
                before?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_ApiKeyItem_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_api_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateApiKey"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyCreated"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_api_keys_api_key_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                api_key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyDeleted"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_api_keys_api_key_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                api_key_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RenameApiKey"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyNamed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_logs: {
        parameters: {
            query?: {
                limit?: number | null;
                after?: string | null;
                before?: string | null;
                status?: string | null;
                path?: string | null;
                api_key_id?: string | null;
                since?: string | null;
                until?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_LogItem_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_logs_log_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                log_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_auth_register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Register"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedOut"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_auth_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_auth_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rename"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_team: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Turn"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TurnedView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_forgot: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Forgot"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Asked"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_reset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reset"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountNamed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationToken"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationShown"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_accept_invite: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptInvite"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedInView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePassword"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountNamed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_auth_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_SessionItem_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_auth_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionsEnded"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_auth_sessions_session_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedOut"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_auth_totp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TotpState"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_totp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Password"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TotpSecret"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_auth_totp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Password"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TotpEnded"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_totp_confirm: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Code"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_auth_totp_recovery_codes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Password"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_team: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamShown"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_team: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamName"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamNamed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_teams: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamName"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TeamView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_team_leave: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberRemoved"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_team_members: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_MemberItem_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_team_members_member_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                member_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberRemoved"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_team_members_member_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                member_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GiveRole"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberNamed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_team_invitations: {
        parameters: {
            query?: {
                limit?: number | null;
                after?: string | null;
                before?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_InvitationItem_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_team_invitations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Invite"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_team_invitations_invitation_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                invitation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationWithdrawn"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_operator_teams: {
        parameters: {
            query?: {
                limit?: number | null;
                after?: string | null;
                before?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_TeamOverview_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_operator_queue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_operator_queue_envelopes: {
        parameters: {
            query?: {
                id?: string | null;
                domain?: string | null;
                team_id?: string | null;
                after?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_EnvelopeView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_operator_queue_why: {
        parameters: {
            query: {
                id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_WhyView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_operator_queue_retry: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChosenBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_operator_queue_hold: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChosenBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_operator_queue_release: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChosenBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_operator_queue_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChosenBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_operator_sites: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_SiteView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_operator_in_doubt: {
        parameters: {
            query?: {
                after?: string | null;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_DoubtView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_operator_in_doubt: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecisionBody"];
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changed"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_operator_plugins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_PluginView_"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_system: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SystemView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_operator_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatorHealth"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get_openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_docs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": unknown;
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_sandbox: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SandboxView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_sandbox_emails: {
        parameters: {
            query?: {
                limit?: number;
                after?: string | null;
                before?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaughtList"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_sandbox_emails_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaughtView"];
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_sandbox_emails_id_raw: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "message/rfc822": unknown;
                };
            };
            /** @description It failed, and this says why. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
