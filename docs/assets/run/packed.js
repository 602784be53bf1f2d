// Code in a link: `#run=<file>~<the code, packed>`.

const MARK = "#run=";
const LONGEST = 1_000_000; // characters of code; packed, a short link could fill the memory

// The code for the address of a page.
export async function squeeze(text) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// The code that was packed; throws when there is none, or too much.
export async function unsqueeze(packed) {
  const binary = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const read = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for (const reader = stream.getReader(); ;) {
    const { done, value } = await reader.read();
    text += read.decode(value, { stream: !done });
    if (text.length > LONGEST) {
      await reader.cancel();
      throw new Error(`The link holds over ${LONGEST} characters.`);
    }
    if (done) return text;
  }
}

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
