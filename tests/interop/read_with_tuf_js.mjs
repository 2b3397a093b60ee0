// Reads a repository with tuf-js, as any program that uses it would.
//   node read_with_tuf_js.mjs MODULES METADATA-FOLDER URL TARGET-FOLDER [TARGET …]
// MODULES is where tuf-js is installed; METADATA-FOLDER holds root.json at least; URL is the
// repository's. Prints a JSON object: for each target the file it was written to, or null where
// nobody speaks for it. Ends with 1 and the error's name where tuf-js refuses.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, metadataDir, url, targetDir, ...targets] = process.argv.slice(2);
const { Updater } = createRequire(path.resolve(modules, 'package.json'))('tuf-js');

try {
  const updater = new Updater({
    metadataDir,
    metadataBaseUrl: `${url}/metadata`,
    targetDir,
    targetBaseUrl: `${url}/targets`,
    config: { fetchRetries: 0, fetchRetry: 0, targetsMaxLength: 8 * 1024 * 1024 },
  });
  await updater.refresh();
  const found = {};
  for (const target of targets) {
    const info = await updater.getTargetInfo(target);
    const place = path.join(targetDir, encodeURIComponent(target));
    found[target] = info ? await updater.downloadTarget(info, place) : null;
  }
  fs.writeSync(1, JSON.stringify(found) + '\n');
} catch (error) {
  fs.writeSync(2, `${error.constructor.name}: ${error.message}\n`);
  process.exitCode = 1;
}
