import { describe, expect, test } from "vitest";

import { asksElsewhere, defused, isPicture, wanted, withPictures } from "./preview";

describe("the pictures that a mail carries", () => {
  const logo = { cid: "logo@acme.example", type: "image/png", bytes: Buffer.from("png") };
  const data = `data:image/png;base64,${logo.bytes.toString("base64")}`;

  test.each([
    ['<img src="cid:logo@acme.example">', `<img src="${data}">`],
    ["<img src=cid:logo%40acme.example>", `<img src=${data}>`],
    ["<p style=\"background:url('CID:logo@acme.example')\">", `<p style="background:url('${data}')">`],
    ['<img src="cid:other">', '<img src="cid:other">'],
    ["<p>acid:logo@acme.example</p>", "<p>acid:logo@acme.example</p>"],
    ['<img src="cid:%zz">', '<img src="cid:%zz">'],
  ])("stand where %s asks for them", (html, shown) => {
    expect(withPictures(html, [logo])).toBe(shown);
  });

  test("are asked for by name", () => {
    expect([...wanted('<img src="cid:a"><img src="cid:b%40c">')]).toEqual(["a", "b@c"]);
  });

  test.each([
    ["image/png", true],
    ["image/svg+xml", true],
    ["text/html", false],
    ["image/png,x", false],
    ["application/pdf", false],
  ])("of type %s are shown: %s", (type, shown) => {
    expect(isPicture(type)).toBe(shown);
  });
});

test.each([
  ['<img src="https://a.example/x.png">', true],
  ["<img alt='' src=//a.example/x.png>", true],
  ["<td background='http://a.example/x.png'>", true],
  ["<p style='background:url(https://a.example/x)'>", true],
  ['<a href="https://a.example/">x</a>', false],
  ['<img src="cid:x"><img src="data:image/png;base64,AA">', false],
])("%s asks for a picture from elsewhere: %s", (html, asks) => {
  expect(asksElsewhere(html)).toBe(asks);
});

test("what greets a host before the policy is asked has another name", () => {
  expect(defused('<LINK rel=preconnect href=x><iframe src=x><a href="x">')).toBe('<x-LINK rel=preconnect href=x><x-iframe src=x><a href="x">');
});
