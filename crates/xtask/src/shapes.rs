//! Generated code in shapes that are hard for an analysis; in each of them data goes its way.

use std::fmt::Write;
use std::path::Path;

/// Code that is written in any size.
pub struct Shape {
    pub name: &'static str,
    /// The smallest size that is measured.
    pub size: usize,
    pub write: fn(&Path, usize) -> anyhow::Result<()>,
    /// How many flows there are, by size.
    pub flows: fn(usize) -> usize,
}

pub const SHAPES: &[Shape] = &[
    Shape { name: "modules of an application", size: 100, write: application, flows: |size| size },
    Shape { name: "statements of one function", size: 4000, write: one_function, flows: |_| 1 },
    Shape { name: "branches of one function", size: 1000, write: branches, flows: |_| 1 },
    Shape { name: "entries of one dictionary", size: 10_000, write: dictionary, flows: |_| 1 },
    Shape { name: "methods of one class", size: 1000, write: methods, flows: |_| 1 },
    Shape { name: "classes, each above the next", size: 250, write: deep_classes, flows: |_| 1 },
    Shape { name: "classes with one base", size: 500, write: wide_classes, flows: |_| 1 },
    Shape { name: "decorators of one function", size: 125, write: decorators, flows: |_| 1 },
    Shape { name: "calls, each in the next", size: 1000, write: call_chain, flows: |_| 1 },
    Shape { name: "functions that call each other", size: 1000, write: recursion, flows: |_| 1 },
    Shape { name: "callers of one function", size: 1000, write: callers, flows: |size| size },
    Shape { name: "parts of one text", size: 1000, write: long_text, flows: |_| 1 },
    Shape { name: "handlers in one registry", size: 250, write: registry, flows: |size| size },
];

const HEAD: &str = "import os\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n";

fn file(folder: &Path, text: String) -> anyhow::Result<()> {
    std::fs::write(folder.join("app.py"), text)?;
    Ok(())
}

fn application(folder: &Path, size: usize) -> anyhow::Result<()> {
    std::fs::create_dir(folder.join("shop"))?;
    std::fs::write(folder.join("shop/__init__.py"), "")?;
    for number in 0..size {
        let next = (number + 1) % size;
        let text = format!(
            "import os\nimport logging\nfrom flask import Blueprint, request\nfrom shop import part{next}\n\n\
             blueprint = Blueprint('part{number}', __name__)\nlogger = logging.getLogger(__name__)\n\n\
             class Store:\n    def __init__(self, name):\n        self.name = name\n        self.items = []\n\n    \
             def add(self, item):\n        self.items.append(item)\n        return self\n\n    \
             def command(self):\n        return 'tool ' + self.name + ' ' + ' '.join(self.items)\n\n\n\
             def prepare(text):\n    return text.strip().lower()\n\n\n\
             @blueprint.route('/part{number}')\ndef show():\n    store = Store('part{number}')\n    \
             store.add(part{next}.prepare(request.args['item']))\n    os.system(store.command())\n    \
             return 'done'\n"
        );
        std::fs::write(folder.join(format!("shop/part{number}.py")), text)?;
    }
    Ok(())
}

fn one_function(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!("{HEAD}@app.route('/')\ndef show():\n    a0 = request.args['a']\n    b0 = []\n");
    for number in 1..size / 2 {
        let before = number - 1;
        let _ = writeln!(text, "    a{number} = a{before} + 'x'\n    b{number} = [{number}, len(b{before})]");
    }
    let last = size / 2 - 1;
    let _ = writeln!(text, "    os.system(a{last})\n    return 'done'");
    file(folder, text)
}

fn branches(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!("{HEAD}@app.route('/')\ndef show(kind):\n    value = request.args['a']\n");
    for number in 0..size {
        let _ = writeln!(
            text,
            "    if kind == 'k{number}':\n        value = value + '{number}'\n        other = {number}\n    else:\n        \
             other = 'n'"
        );
    }
    text.push_str("    os.system(value)\n    return 'done'\n");
    file(folder, text)
}

fn dictionary(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!("{HEAD}TABLE = {{\n");
    for number in 0..size {
        let _ = writeln!(text, "    'key{number}': ('value{number}', {number}),");
    }
    text.push_str(
        "}\n\n@app.route('/')\ndef show():\n    os.system(TABLE['key3'][0] + request.args['a'])\n    return 'done'\n",
    );
    file(folder, text)
}

fn methods(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!("{HEAD}class Tool:\n    def run0(self, text):\n        os.system(text)\n");
    for number in 1..size {
        let before = number - 1;
        let _ = writeln!(
            text,
            "\n    def run{number}(self, text):\n        self.field{number} = text\n        return self.run{before}(self.field{number})"
        );
        if number % 20 == 0 {
            let _ = writeln!(text, "\n    def part{number}(self):\n        return self.field{number}");
        }
    }
    let _ = writeln!(
        text,
        "\n\n@app.route('/')\ndef show():\n    Tool().run20(request.args['a'])\n    return 'done'"
    );
    file(folder, text)
}

fn deep_classes(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!("{HEAD}class C0:\n    def run(self, text):\n        os.system(text)\n\n");
    for number in 1..size {
        let before = number - 1;
        let _ = writeln!(text, "class C{number}(C{before}):\n    field{number} = {number}\n");
    }
    let last = size - 1;
    let _ = writeln!(
        text,
        "@app.route('/')\ndef show():\n    C{last}().run(request.args['a'])\n    return 'done'"
    );
    file(folder, text)
}

fn wide_classes(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!(
        "{HEAD}class Base:\n    def run(self, text):\n        raise NotImplementedError\n\n    def start(self, text):\n        \
         self.run(text)\n\n"
    );
    for number in 0..size {
        let what = if number == 0 { "os.system(text)" } else { "return text" };
        let _ = writeln!(text, "class C{number}(Base):\n    def run(self, text):\n        {what}\n");
    }
    text.push_str(
        "@app.route('/')\ndef show(tool: Base):\n    tool.start(request.args['a'])\n    return 'done'\n",
    );
    file(folder, text)
}

fn decorators(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!(
        "{HEAD}def through(function):\n    def inner(text):\n        return function(text + '.')\n    return inner\n\n"
    );
    for _ in 0..size {
        text.push_str("@through\n");
    }
    text.push_str(
        "def run(text):\n    os.system(text)\n\n@app.route('/')\ndef show():\n    run(request.args['a'])\n    return 'done'\n",
    );
    file(folder, text)
}

fn call_chain(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!("{HEAD}def f0(text):\n    os.system(text)\n\n");
    for number in 1..size {
        let before = number - 1;
        let _ = writeln!(text, "def f{number}(text):\n    return f{before}(text)\n");
    }
    let last = size - 1;
    let _ = writeln!(text, "@app.route('/')\ndef show():\n    f{last}(request.args['a'])\n    return 'done'");
    file(folder, text)
}

fn recursion(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!("{HEAD}def f0(text, depth):\n    os.system(text)\n\n");
    for number in 1..size {
        let (one, two, three) =
            (number * 7 % size, (number * 13 + 1) % size, if number < 10 { 0 } else { number / 2 });
        let _ = writeln!(
            text,
            "def f{number}(text, depth):\n    if depth > {number}:\n        return f{one}(text, depth - 1)\n    if depth:\n        \
             return f{two}(text + 'x', depth - 1)\n    return f{three}(text, depth)\n"
        );
    }
    let _ = writeln!(
        text,
        "@app.route('/')\ndef show():\n    f1(request.args['a'], int(request.args['b']))\n    return 'done'"
    );
    file(folder, text)
}

fn callers(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!("{HEAD}def prepare(text, kind):\n    return 'tool ' + kind + text\n\n");
    for number in 0..size {
        let _ = writeln!(
            text,
            "@app.route('/r{number}')\ndef show{number}():\n    os.system(prepare(request.args['a'], 'k{number}'))\n    return 'done'\n"
        );
    }
    file(folder, text)
}

fn long_text(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text =
        format!("{HEAD}@app.route('/')\ndef show():\n    text = 'tool'\n    value = request.args['a']\n");
    for number in 0..size {
        let _ = writeln!(text, "    text += ' --option{number} ' + value");
    }
    text.push_str("    os.system(text)\n    return 'done'\n");
    file(folder, text)
}

fn registry(folder: &Path, size: usize) -> anyhow::Result<()> {
    let mut text = format!(
        "{HEAD}HANDLERS = {{}}\n\ndef register(name):\n    def keep(function):\n        HANDLERS[name] = function\n        \
         return function\n    return keep\n\n"
    );
    for number in 0..size {
        let _ =
            writeln!(text, "@register('h{number}')\ndef handle{number}(text):\n    os.system('t' + text)\n");
    }
    text.push_str(
        "@app.route('/')\ndef show():\n    HANDLERS[request.args['name']](request.args['a'])\n    return 'done'\n",
    );
    file(folder, text)
}
