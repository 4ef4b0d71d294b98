import { notFound } from "next/navigation";

/** A path that is no page: said within the shell, from where one goes on. */
export default function NoPage(): never {
  notFound();
}
