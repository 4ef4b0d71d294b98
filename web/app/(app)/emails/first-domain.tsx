"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";

import { announce } from "@/components/shell/announce";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { browserApi } from "@/lib/api/browser";
import { domainKeys, domains } from "@/lib/queries/domains";

/** A team that has no domain can't send: the first one is added here, and the line then names it. */
export function FirstDomain() {
  const queries = useQueryClient();
  const add = useMutation({
    ...domains(browserApi).create(),
    onSuccess: ({ name }) => {
      announce(`Added ${name}`);
      return queries.invalidateQueries({ queryKey: domainKeys.list });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    add.mutate(String(new FormData(event.currentTarget).get("name")).trim());
  };
  return (
    <form onSubmit={submit} className="mb-6 grid gap-3 border-b pb-6 sm:grid-cols-[minmax(0,360px)_auto] sm:items-start">
      <Field
        label="Which domain do your mails come from?"
        name="name"
        required
        placeholder="example.com"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        inputMode="url"
        hint="In the sandbox it can send at once; to go live, its DNS records are checked."
        fault={add.error?.message}
      />
      <Button type="submit" look="primary" disabled={add.isPending} className="min-h-10 sm:mt-6 sm:justify-self-start">
        {add.isPending ? "Adding…" : "Add domain"}
      </Button>
    </form>
  );
}
