// Opens a workbook with excelize, sets a cell of each sheet, and saves it again.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { init } = require("excelize-wasm");
const program = require.resolve("excelize-wasm").replace("main.cjs", "excelize.wasm.gz");

const [source, target] = process.argv.slice(2);
const excelize = await init(program);
const answer = (given) => {
  if (given.error) throw new Error(given.error);
  return given;
};
const book = answer(excelize.OpenReader(readFileSync(source)));
// A sheet that was not touched it copies as it is.
for (const sheet of answer(book.GetSheetList()).list) {
  answer(book.SetCellStr(sheet, "A1", answer(book.GetCellValue(sheet, "A1")).value));
}
writeFileSync(target, answer(book.WriteToBuffer()).buffer);
process.exit();
