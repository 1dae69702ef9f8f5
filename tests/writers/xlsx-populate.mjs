// Opens a workbook with xlsx-populate and saves it again.
import populate from "xlsx-populate";

const [source, target] = process.argv.slice(2);
const book = await populate.fromFileAsync(source);
await book.toFileAsync(target);
