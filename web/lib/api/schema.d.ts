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
         * Lists mails, newest first: all, or those of a last event or to an address
         * @description Lists mails, newest first: all, or those of a last event or to an address. Needs an API key with full access, or an account.
         */
        get: operations["get_emails"];
        put?: never;
        /**
         * Sends one mail, or schedules it
         * @description Sends one mail, or schedules it. Needs an API key of any permission, or an account.
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
         * @description Sends up to 100 mails: all or none, or with `x-batch-validation: permissive` those that are right. Needs an API key of any permission, or an account.
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
        patch?: never;
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
         * @description Adds a domain with fresh keys, and gives the records to publish. Needs an API key with full access, or an account.
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
         * @description Deletes a domain with its keys. Mail from it that is still to leave fails when its time comes. Needs an API key with full access, or an account.
         */
        delete: operations["delete_domains_domain_id"];
        options?: never;
        head?: never;
        /**
         * Changes what a domain does; records that it then needs, too, are looked for soon
         * @description Changes what a domain does; records that it then needs, too, are looked for soon. Needs an API key with full access, or an account.
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
         * @description Begins to look for the domain's records in DNS; what was found shows in the domain. Needs an API key with full access, or an account.
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
         * @description Makes new DKIM keys, to be published beside those that sign; each takes over once DNS was seen to have it. Needs an API key with full access, or an account.
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
         * @description Claims a domain that another team has verified. 200: an equal claim was open already, and is unchanged. Needs an API key with full access, or an account.
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
         * @description Begins to look for the claim's record in DNS; where it is found, the domain changes hands. Needs an API key with full access, or an account.
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
         * @description Makes a key; its token is in this answer alone. Needs an API key with full access, or an account.
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
         * @description Revokes a key, at once and everywhere. Needs an API key with full access, or an account.
         */
        delete: operations["delete_api_keys_api_key_id"];
        options?: never;
        head?: never;
        /**
         * Gives a key another name
         * @description Gives a key another name. Needs an API key with full access, or an account.
         */
        patch: operations["patch_api_keys_api_key_id"];
        trace?: never;
    };
    "/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
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
         * Begins a session
         * @description Begins a session. Needs no credentials.
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
         * Ends the session; its token is worth nothing from here on
         * @description Ends the session; its token is worth nothing from here on. Needs a signed-in account.
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
         * @description A file: `content` is base64 text or a list of byte values, `path` an address to fetch it from.
         */
        AttachmentBody: {
            content?: string | number[];
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
         * @description Which mails: `status` is a last event without its `email.`, `recipient` an address of any kind.
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
            recipient?: string | null;
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
         * ReplyView
         * @description What the remote said, word for word; `code` is null where it said nothing that has one.
         */
        ReplyView: {
            code: number | null;
            status: string | null;
            text: string;
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
         * @description A key in a list: never its token.
         */
        ApiKeyItem: {
            id: string;
            name: string;
            created_at: string;
            last_used_at: string | null;
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
         * @description Who somebody says they are.
         */
        Login: {
            email: string;
            password: string;
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
         * SystemView
         * @description How mail leaves here, which version this is, and the name by which it greets others.
         */
        SystemView: {
            mode: string;
            version: string;
            hostname: string;
        };
        /**
         * Health
         * @description How it goes.
         */
        Health: {
            status: string;
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
                recipient?: string | null;
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
