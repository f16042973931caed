// Uploads a file with tus-js-client, in one piece, in parallel parts or without telling its length
// first, or with Uppy. Prints the path of what the upload became.
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import Uppy from '@uppy/core'
import Tus from '@uppy/tus'
import { Upload } from 'tus-js-client'

const [how, endpoint, token, path] = process.argv.slice(2)
const content = readFileSync(path)
const metadata = { purpose: 'cloud_file', filename: `${how}.bin` }
let result

// tus-js-client would end the process by the error of a response that is cut off in its body.
subscribe('http.client.response.finish', ({ request, response }) => {
    response.once('error', (error) => request.emit('error', error))
})

const options = {
    endpoint,
    headers: { Authorization: `Bearer ${token}` },
    retryDelays: Array.from({ length: 50 }, () => 20),
    removeFingerprintOnSuccess: true,
    onAfterResponse: (_, response) => {
        result = response.getHeader('Upload-Result') ?? result
    },
}

function upload(more) {
    return new Promise((resolve, reject) => {
        new Upload(content, { ...options, ...more, metadata, onSuccess: resolve, onError: reject }).start()
    })
}

// Uppy hands over blobs, which tus-js-client reads in browsers alone.
const blobs = {
    openFile: async (blob) => ({
        size: blob.size,
        slice: async (start, end) => {
            const value = Buffer.from(await blob.slice(start, end).arrayBuffer())
            return { value: Object.assign(value, { size: value.length }), done: end >= blob.size }
        },
        close: () => {},
    }),
}

async function uploadWithUppy() {
    const uppy = new Uppy()
    uppy.use(Tus, { ...options, fileReader: blobs, chunkSize: 500_000, allowedMetaFields: true })
    uppy.addFile({ name: metadata.filename, data: new Blob([content]), meta: metadata })
    const { failed } = await uppy.upload()
    if (failed.length > 0) throw new Error(failed[0].error)
}

const ways = {
    tus: {},
    parallel: { parallelUploads: 3 },
    deferred: { uploadLengthDeferred: true, chunkSize: 500_000 },
}
if (how === 'uppy') await uploadWithUppy()
else await upload(ways[how])
// The answer to the last bytes may have been lost with its connection.
console.log(result ?? 'unknown')
