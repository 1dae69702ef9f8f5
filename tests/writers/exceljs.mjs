// Opens a workbook with ExcelJS and saves it again.
import exceljs from "exceljs";

const [source, target] = process.argv.slice(2);
const book = new exceljs.Workbook();
await book.xlsx.readFile(source);
await book.xlsx.writeFile(target);
