// Draws every label of a ZPL stream on 4 by 6 inches at 203 dots an inch.
// usage: node draw.js STREAM FOLDER; writes FOLDER/0.png, FOLDER/1.png … and prints how many.
const fs = require("node:fs");
const path = require("node:path");
const { ready } = require("zpl-renderer-js");

const [stream, folder] = process.argv.slice(2);

ready
  .then(({ api }) => api.zplToBase64MultipleAsync(fs.readFileSync(stream, "utf8"), 101.6, 152.4, 8))
  .then((pictures) => {
    pictures.forEach((picture, place) => {
      fs.writeFileSync(path.join(folder, `${place}.png`), Buffer.from(picture, "base64"));
    });
    process.stdout.write(String(pictures.length));
    process.exit(0); // the renderer's Go runtime would wait for ever
  })
  .catch((error) => {
    console.error(String(error));
    process.exit(1);
  });
