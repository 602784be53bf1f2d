// A sample as a project of its own, without a run: the files it needs, and how to start them.
import { strToU8, zipSync } from "fflate";

// name: the sample; files: paths below samples/; requirements, variables: texts and names;
// samples: the text of each file by its path.
export function project(name, { files, requirements, variables }, samples) {
  const settings = variables.map((variable) => `${variable}=\n`).join("");
  const readme = `# ${name}

${samples[files.start].split('"""')[1]}

\`\`\`sh
python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
cp .env.example .env   # and fill it in
set -a; . ./.env; set +a; .venv/bin/python -m samples.${name}
\`\`\`
`;
  const content = { "README.md": readme, ".env.example": settings, "requirements.txt": requirements };
  for (const path of files.all) content[`samples/${path}`] = samples[path];
  const folder = Object.entries(content).map(([path, text]) => [`${name}/${path}`, strToU8(text)]);
  return zipSync(Object.fromEntries(folder));
}
