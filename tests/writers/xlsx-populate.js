// Opens a workbook with xlsx-populate and saves it again.
const { fromFileAsync } = require("xlsx-populate");

async function main([, , source, target]) {
  const book = await fromFileAsync(source);
  await book.toFileAsync(target);
}

main(process.argv);
