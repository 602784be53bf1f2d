// A sample as a project of its own, without a run: the files it needs, and how to start them.
import { strToU8, zipSync } from "fflate";

// name: the sample; module: what runs; files: paths below samples/; requirements, settings: the
// texts of two files; samples: the text of each file by its path.
export function project(name, { module, files, requirements, settings }, samples) {
  const readme = `# ${name}

${samples[files.start].split('"""')[1]}

\`\`\`sh
python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
cp .env.example .env   # fill it in; the lines that begin with # are optional
set -a; . ./.env; set +a; .venv/bin/python -m ${module}
\`\`\`
`;
  const content = {
    "README.md": readme,
    ".env.example": settings,
    ".gitignore": ".env\n.venv/\n__pycache__/\n*.db*\n", // secrets, and who the bot knows
    "requirements.txt": requirements,
  };
  for (const path of files.all) content[`samples/${path}`] = samples[path];
  const folder = Object.entries(content).map(([path, text]) => [`${name}/${path}`, strToU8(text)]);
  return zipSync(Object.fromEntries(folder));
}
