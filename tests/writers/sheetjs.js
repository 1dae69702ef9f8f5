// Opens a workbook with SheetJS and saves it again.
const { readFile, writeFile } = require("xlsx");

const [, , source, target] = process.argv;
writeFile(readFile(source, { cellDates: false, cellNF: true, cellStyles: true }), target);
