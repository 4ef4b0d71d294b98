"use client";

import NextLink from "next/link";
import { useRouter } from "next/navigation";
import type { ComponentProps } from "react";

import { useReach } from "@/components/shell/reach";

/** A link that fetches its page only once it is pointed at or focused: fifty rows must not make fifty requests. */
export function Link({ href, ...props }: Omit<ComponentProps<typeof NextLink>, "href"> & { href: string }) {
  const router = useRouter();
  const reach = useReach();
  const fetchIt = () => router.prefetch(href);
  const onNavigate = (event: { preventDefault: () => void }) => {
    if (!reach()) event.preventDefault();
  };
  return <NextLink href={href} prefetch={false} onMouseEnter={fetchIt} onFocus={fetchIt} onNavigate={onNavigate} {...props} />;
}
