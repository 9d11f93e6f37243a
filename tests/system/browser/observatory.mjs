// node observatory.mjs HTTPS-FOLDER HTTP-ORIGIN < REQUESTS
//
// Mozilla's HTTP Observatory (@mdn/mdn-http-observatory), its rules and its scores, without its
// server: one line for each answer, status 1 if any is below A+. The name in the URL is
// taken for 127.0.0.1; NODE_EXTRA_CA_CERTS names the authority. REQUESTS is a JSON list of
// { status, method, path, headers, body }. tests/system/browser/observatory.rs starts the server and this.
//
// `scan()` itself refuses to judge a 404 and only ever sends GET, so its parts are put together here.

import assert from "node:assert/strict";
import dns from "node:dns";
import { existsSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const OBSERVATORY = "@mdn/mdn-http-observatory/src";
const part = (name) => import(`${OBSERVATORY}/${name}.js`);

// Browsers' list of hosts that are HTTPS only, which the package fetches when it is installed.
// A host of a test is not in it, so an empty one says the same.
const preloaded = fileURLToPath(new URL("../conf/hsts-preload.json", import.meta.resolve(`${OBSERVATORY}/index.js`)));
if (!existsSync(preloaded)) writeFileSync(preloaded, "{}");

dns.lookup = (_name, options, done) => {
  const found = { address: "127.0.0.1", family: 4 };
  return options.all ? done(null, [found]) : done(null, found.address, found.family);
};

const { ALL_TESTS } = await part("constants");
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await part("grader/charts");
const { getGradeForScore, getScoreModifier } = await part("grader/grader");
const { retrieve } = await part("retriever/retriever");
const { parseHttpEquivHeaders } = await part("retriever/utils");

const [folder, plain] = process.argv.slice(2).map((url) => new URL(url));
const requests = JSON.parse(await text(process.stdin));

let worst = Infinity;
for (const request of requests) {
  const { score, grade, status, lost } = judge(await answers(request));
  const line = `${grade.padEnd(2)} ${score}  ${status} ${request.method} ${request.path}  ${lost}`;
  console.log(line.trimEnd());
  assert.equal(status, request.status, line);
  worst = Math.min(worst, score);
}
if (getGradeForScore(worst).grade !== "A+") process.exitCode = 1;

/** What the rules look at: the server's answers over HTTPS and HTTP, and to a CORS preflight. */
async function answers({ method, path, headers, body }) {
  const url = new URL(path, folder);
  const found = await retrieve(url.hostname, {
    path: url.pathname + url.search,
    httpsPort: url.port,
    httpPort: plain.port,
  });
  assert(found.responses.https, `no answer from ${url}`);
  const { session } = found;
  const client = session.clientInstanceRecordingRedirects;
  const response = await client.request({ url: url.href, method, headers, data: body }).catch((error) => {
    assert.fail(`no answer to ${method} ${url} of ${body.length} bytes: ${error.message}`);
  });
  response.verified = session.response.verified;
  response.httpEquiv = parseHttpEquivHeaders(String(response.data), url.href);
  found.resources.path = response.data;
  found.responses.https = response;
  found.responses.auto = response;
  return found;
}

/** As `scan()` adds it up: extra credit only for who is an A without. */
function judge(found) {
  const results = ALL_TESTS.map((test) => test(found));
  const scores = results.map((result) => getScoreModifier(result.result));
  const add = (numbers) => numbers.reduce((sum, number) => sum + number, 100);
  const plainScore = add(scores.filter((score) => score < 0));
  const score = plainScore >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? add(scores) : plainScore;
  const lost = results.filter((result) => !result.pass).map((result) => result.result);
  return { ...getGradeForScore(score), status: found.responses.auto.status, lost: lost.join(" ") };
}
