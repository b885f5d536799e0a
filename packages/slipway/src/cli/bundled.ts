import { enableCompileCache } from 'node:module';
import { main } from './main.ts';

/** Where the bundled command line starts: images and zips run it with the Node that they bring. */
enableCompileCache();
process.exitCode = await main(process.argv.slice(2));
