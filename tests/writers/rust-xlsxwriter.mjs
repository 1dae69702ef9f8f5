// Writes lists, given as JSON, from scratch as Excel tables.
import { readFileSync, writeFileSync } from "node:fs";
import { ExcelDateTime, Format, Formula, Table, TableColumn, Workbook } from "wasm-xlsxwriter";

const [source, target] = process.argv.slice(2);
const book = new Workbook();
const day = new Format().setNumFormat("yyyy-mm-dd");
for (const { sheet, table, top, left, headings, rows } of JSON.parse(readFileSync(source, "utf8"))) {
  const page = book.addWorksheet().setName(sheet);
  const columns = headings.map((heading) => new TableColumn().setHeader(heading));
  const whole = new Table().setName(table).setColumns(columns);
  page.addTable(top, left, top + Math.max(rows.length, 1), left + headings.length - 1, whole);
  rows.forEach((row, y) =>
    row.forEach((value, x) => {
      const place = [top + 1 + y, left + x];
      if (value?.date) {
        const [year, month, date] = value.date.split("-").map(Number);
        page.writeDateWithFormat(...place, ExcelDateTime.fromYMD(year, month, date), day);
      } else if (value?.error) {
        page.writeFormula(...place, new Formula(`=${value.error}`).setResult(value.error));
      } else if (value !== null) {
        page.write(...place, value);
      }
    }),
  );
}
writeFileSync(target, book.saveToBufferSync());
