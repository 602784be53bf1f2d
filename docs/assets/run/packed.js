// Code in a link: `#run=<file>~<the code, packed>`.

const MARK = "#run=";

// The file and the packed code in the hash of an address; nothing where there is none.
export function linkedCode(hash) {
  if (!hash.startsWith(MARK)) return {};
  let decoded = hash;
  try {
    decoded = decodeURIComponent(hash);
  } catch { // an address that somebody cut in the middle of a character
  }
  const [file, packed = ""] = decoded.slice(MARK.length).split("~");
  return { file, packed };
}
