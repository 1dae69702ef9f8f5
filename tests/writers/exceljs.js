// Opens a workbook with ExcelJS and saves it again.
const { Workbook } = require("exceljs");

async function main([, , source, target]) {
  const book = new Workbook();
  await book.xlsx.readFile(source);
  await book.xlsx.writeFile(target);
}

main(process.argv);
