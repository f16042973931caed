// Uses a running server by npm's subsonic-api: browse, search, play, like, playlists, scrobble.
// Arguments: the address, the username, an app password, the id of a song and its size in bytes.
import assert from "node:assert/strict";
import { SubsonicAPI } from "subsonic-api";

const [url, username, password, songId, size] = process.argv.slice(2);

async function use(name, config) {
  const api = new SubsonicAPI({ url, ...config });
  assert.equal((await api.ping()).status, "ok");
  const { artists } = await api.getArtists();
  const artist = artists.index[0].artist[0];
  assert.equal(artist.name, username);
  const { albumList2 } = await api.getAlbumList2({ type: "newest", size: 500 });
  const { album } = await api.getAlbum({ id: albumList2.album[0].id });
  assert.deepEqual(album.song.map((song) => song.id), [songId]);
  const { searchResult3 } = await api.search3({ query: '""', songCount: 500 });
  assert.deepEqual(searchResult3.song.map((song) => song.id), [songId]);

  const sound = await (await api.stream({ id: songId, format: "raw" })).arrayBuffer();
  assert.equal(sound.byteLength, Number(size));
  assert.equal((await api.scrobble({ id: songId })).status, "ok");

  await api.star({ id: songId });
  const { starred2 } = await api.getStarred2();
  assert.deepEqual(starred2.song.map((song) => song.id), [songId]);
  await api.unstar({ id: songId });
  await api.setRating({ id: songId, rating: 4 });
  assert.equal((await api.getSong({ id: songId })).song.userRating, 4);

  const { playlist } = await api.createPlaylist({ name, songId: [songId, songId] });
  assert.equal(playlist.songCount, 2);
  await api.updatePlaylist({ playlistId: playlist.id, songIdToAdd: [songId], songIndexToRemove: [0, 1] });
  const changed = await api.getPlaylist({ id: playlist.id });
  assert.deepEqual(changed.playlist.entry.map((song) => song.id), [songId]);
  await api.deletePlaylist({ id: playlist.id });
}

await use("By token", { auth: { username, password } });
await use("By form", { auth: { username, password }, post: true });
await use("By key", { auth: { apiKey: password } });
console.log("used");
