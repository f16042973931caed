// Reads a running server by npm's podcast-partytime and @extractus/oembed-extractor.
// Arguments: the addresses of a feed and of a page, and the size and type of the first enclosure.
import assert from "node:assert/strict";
import { extract } from "@extractus/oembed-extractor";
import { parseFeed } from "podcast-partytime";

const [feed, page, size, type] = process.argv.slice(2);

const text = await (await fetch(feed)).text();
const podcast = parseFeed(text);
assert.ok(podcast, "the feed can be read");
assert.equal(podcast.guid?.length, 36);
assert.equal(String(podcast.medium), "music");
assert.ok(podcast.items.length >= 1);
const [item] = podcast.items;
assert.equal(item.enclosure.length, Number(size));
assert.equal(item.enclosure.type, type);
assert.equal(item.podcastPeople?.[0]?.name, item.author);

const found = await extract(page);
assert.equal(found.type, "rich");
assert.match(found.html, /<iframe src="[^"]+\/embed\//);
console.log("used");
