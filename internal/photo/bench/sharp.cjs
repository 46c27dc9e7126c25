// Makes copies with libvips: one job of JSON a line on stdin, "ok" or what went
// wrong a line on stdout.
const sharp = require('sharp')
const lines = require('readline').createInterface({ input: process.stdin })
sharp.cache(false)
sharp.concurrency(1)

async function copy (job) {
  let s = sharp(job.src).extract({ left: job.left, top: job.top, width: job.cw, height: job.ch })
    .resize(job.w, job.h, { fit: 'fill' })
  if (job.sharpen > 0) s = s.sharpen({ sigma: 0.8, m1: job.sharpen, m2: 2 * job.sharpen })
  const { quality, mozjpeg, progressive } = job
  await s.jpeg({ quality, mozjpeg, progressive, chromaSubsampling: job.sampling }).toFile(job.out)
}

(async () => {
  for await (const line of lines) {
    try {
      await copy(JSON.parse(line))
      console.log('ok')
    } catch (e) {
      console.log(String(e.message).replace(/\s+/g, ' '))
    }
  }
})()
