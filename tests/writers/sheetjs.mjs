// Opens a workbook with SheetJS and saves it again.
import xlsx from "xlsx";

const [source, target] = process.argv.slice(2);
// Without the number formats, which it leaves out unless asked, dates become mere numbers.
xlsx.writeFile(xlsx.readFile(source, { cellNF: true, cellStyles: true }), target);
