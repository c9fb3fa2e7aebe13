//! Programs that are mended: that they do what they did, in files and in notebooks; and what other tools know of findings.

use std::process::Command;

use crate::Project;

/// As much of other packages as the programs need, so that they run.
const STUBS: [(&str, &str); 9] = [
    (
        "stub/flask.py",
        "class request:\n    args = {'a': 'x'}\n    headers = {'x-signature': 'f'}\n    data = None\n\n\n\
         class Flask:\n    def __init__(self, name): pass\n    def route(self, path): return lambda view: view\n    \
         def run(self, debug=False): print('run')\n\n\n\
         class Response:\n    def set_cookie(self, name, value, **flags): print(name, value)\n\n\n\
         def make_response(text): return Response()\n",
    ),
    (
        "stub/requests.py",
        "def get(address, data=None, verify=True, timeout=None):\n    return address, data\n",
    ),
    (
        "stub/yaml.py",
        "class UnsafeLoader: pass\ndef load(file, Loader): return file\ndef safe_load(file): return file\n",
    ),
    ("stub/torch.py", "def load(file, weights_only=False): return file\n"),
    ("stub/numpy.py", "def load(file, allow_pickle=False): return file\n"),
    (
        "stub/jinja2.py",
        "class Environment:\n    def __init__(self, loader=None, autoescape=False): self.loader = loader\n",
    ),
    ("stub/defusedxml/__init__.py", ""),
    ("stub/defusedxml/ElementTree.py", "from xml.etree.ElementTree import fromstring, parse\n"),
    (
        "stub/paramiko.py",
        "class RejectPolicy: pass\nclass AutoAddPolicy: pass\nclass SSHClient:\n    \
         def set_missing_host_key_policy(self, policy): print('policy')\n",
    ),
];

/// Each of these programs has something to mend, by a safe fix, and prints the same before and after.
const PROGRAMS: [&str; 22] = [
    "import sqlite3\nfrom flask import request\n\n\ndef find(name, age):\n    c = sqlite3.connect(':memory:')\n    \
     c.execute('CREATE TABLE t (a, b)')\n    c.execute(\"INSERT INTO t VALUES ('x', 3)\")\n    \
     print(c.execute(f\"SELECT b FROM t WHERE a = '{name}' AND b = {age}\").fetchall())\n\n\n\
     def view():\n    find(request.args['a'], request.args['b'])\n\n\nfind('x', 3)\nfind('y', 3)\n",
    "import sqlite3\nfrom flask import request\n\n\ndef find(name, age):\n    c = sqlite3.connect(':memory:')\n    \
     c.execute('CREATE TABLE t (a, b)')\n    c.execute(\"INSERT INTO t VALUES ('x%', 3)\")\n    \
     query = \"SELECT b FROM t WHERE a LIKE '{0}%' AND a = '{0}%' AND b = ?\".format(name)\n    \
     print(c.execute(query, (age,)).fetchall())\n\n\n\
     def view():\n    find(request.args['a'], 3)\n\n\nfind('x', 3)\nfind('y', 3)\n",
    "import sqlite3\nfrom flask import request\n\n\ndef find(name):\n    c = sqlite3.connect(':memory:')\n    \
     c.execute('CREATE TABLE t (a)')\n    c.execute(\"INSERT INTO t VALUES ('xyz')\")\n    \
     query = \"SELECT a FROM t WHERE a LIKE '%%%(name)s%%' OR a = '%(name)s'\"\n    \
     print(c.execute(\"SELECT a FROM t WHERE a = '%(name)s' OR a LIKE '\" % {'name': name} + name + \"%'\").fetchall(), query)\n\n\n\
     def view():\n    find(request.args['a'])\n\n\nfind('xy')\nfind('no')\n",
    "import sqlite3\nfrom flask import request\n\n\ndef find(name):\n    c = sqlite3.connect(':memory:')\n    \
     c.execute('CREATE TABLE t (a)')\n    c.execute(\"INSERT INTO t VALUES ('xyz')\")\n    \
     rows = c.execute(\"SELECT a FROM t WHERE a = '{n}' AND a = '{n}'\".format(n=name))\n    print(rows.fetchall())\n\n\n\
     def view():\n    find(request.args['a'])\n\n\nfind('xyz')\nfind('no')\n",
    "import subprocess\n\nprint(subprocess.check_output('echo a  b', shell=True))\n",
    "def f(x):\n    assert x > 1, f'no {x}'\n    return x\n\n\nprint(f(2))\ntry:\n    f(1)\nexcept AssertionError as error:\n    \
     print(error)\n",
    "import random\n\ntoken = random.choice(['a'])\nprint(token, random.randrange(1))\n",
    "from random import choices, randint as number\n\ntoken = ''.join(choices('a', k=20)) + str(number(1, 1))\nprint(token)\n",
    "import tarfile\nimport tempfile\nimport io\nimport os\n\nfolder = tempfile.mkdtemp()\n\
     with tarfile.open(folder + '/a.tar', 'w') as t:\n    info = tarfile.TarInfo('b')\n    info.size = 1\n    \
     t.addfile(info, io.BytesIO(b'c'))\nwith tarfile.open(folder + '/a.tar') as t:\n    t.extractall(folder)\n\
     print(open(folder + '/b').read(), sorted(os.listdir(folder)))\n",
    "import ssl\n\n\ndef context():\n    return ssl._create_unverified_context()\n\n\nprint(type(context()).__name__)\n",
    "import ssl\n\n\ndef context():\n    context = ssl.create_default_context()\n    context.check_hostname = False\n    \
     context.verify_mode = ssl.CERT_NONE\n    return context\n\n\nprint(type(context()).__name__)\n",
    "import pathlib\nimport urllib.request\n\n\ndef read(address):\n    return urllib.request.urlopen(address).read()\n\n\n\
     print(len(read(pathlib.Path('stub/torch.py').resolve().as_uri())))\n",
    "import requests\n\n\ndef fetch(address):\n    return requests.get(\n        address,  # where\n        verify=False,\n        \
     data='d',\n    )\n\n\nprint(fetch('a'))\n",
    "import requests as client\n\n\ndef fetch(address):\n    return client.get(address, timeout=None), client.get(address)\n\n\n\
     print(fetch('a'))\n",
    "from yaml import load, UnsafeLoader\n\n\ndef read(file):\n    return load(file, Loader=UnsafeLoader)\n\n\nprint(read('a'))\n",
    "import torch\nfrom flask import request\n\n\ndef read(name):\n    return torch.load(name)\n\n\n\
     def view():\n    return read(request.args['a'])\n\n\nprint(read('a'))\n",
    "import numpy as np\nfrom flask import request\n\n\ndef read(name):\n    return np.load(name, allow_pickle=True)\n\n\n\
     def view():\n    return read(request.args['a'])\n\n\nprint(read('a'))\n",
    "from jinja2 import Environment\n\npages = Environment(loader='l')\nprint(pages.loader)\n",
    "from flask import Flask\n\napp = Flask(__name__)\napp.run(debug=True)\n",
    "from flask import Flask, make_response\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef view():\n    \
     answer = make_response('ok')\n    answer.set_cookie('session', 'v', httponly=False)\n    return 'ok'\n\n\nprint(view())\n",
    "import tarfile\nimport tempfile\nimport io\n\nfolder = tempfile.mkdtemp()\n\
     with tarfile.open(folder + '/a.tar', 'w') as t:\n    info = tarfile.TarInfo('b')\n    info.size = 1\n    \
     t.addfile(info, io.BytesIO(b'c'))\nwith tarfile.open(folder + '/a.tar') as t:\n    t.extractall(\n        folder,  # to\n    )\n\
     print(open(folder + '/b').read())\n",
    "import subprocess\n\nrun = subprocess.run(\n    '/bin/echo a',  # what\n    shell=True,\n    stdout=subprocess.PIPE)\nprint(run.stdout)\n",
];

/// The same of fixes that aren't safe in general.
const UNSAFE_PROGRAMS: [&str; 9] = [
    "import tempfile\n\npath = tempfile.mktemp('.txt', dir=tempfile.gettempdir())\nprint(path.endswith('.txt'))\n",
    "import hashlib\n\ncache_key = hashlib.md5(b'x').hexdigest()\nprint(cache_key)\n",
    "import hashlib\n\ndigest = hashlib.new('sha1', b'x')\nprint(isinstance(digest.digest(), bytes))\n",
    "import hashlib\nimport hmac\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef view():\n    \
     wanted = hmac.new(b'k', b'm', hashlib.sha256).hexdigest()\n    \
     if request.headers['x-signature'] != wanted:\n        return 'no'\n    return 'yes'\n\n\n\
     print(view())\nrequest.headers['x-signature'] = hmac.new(b'k', b'm', hashlib.sha256).hexdigest()\nprint(view())\n",
    "import pickle\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n\
     def write(n):\n    return pickle.dumps({'n': int(n), 'l': [1.5, None, True, f'{n}']})\n\n\n\
     @app.route('/')\ndef view():\n    return str(pickle.loads(request.data))\n\n\n\
     request.data = write('3')\nprint(view())\n",
    "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef view():\n    \
     return f\"<p title='{request.args['a']}'>{request.args['a']}</p>\"\n\n\nprint(view())\n",
    "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef view():\n    \
     page = '<p>' + request.args['a'] + '</p>'\n    return page\n\n\nprint(view())\n",
    "import xml.etree.ElementTree as ET\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef view():\n    \
     root = ET.fromstring(request.data)\n    ET.SubElement(root, 'b')\n    return root.tag\n\n\nrequest.data = '<a/>'\nprint(view())\n",
    "import paramiko\n\nclient = paramiko.SSHClient()\nclient.set_missing_host_key_policy(paramiko.AutoAddPolicy())\n",
];

fn does_what_it_did(program: &str, option: &str) {
    let project = Project::new(&[("program.py", program)]);
    for (name, text) in STUBS {
        project.write(name, text.as_bytes());
    }
    let run = || {
        let output = Command::new("python3")
            .current_dir(project.path(""))
            .env("PYTHONPATH", project.path("stub"))
            .arg("program.py")
            .output()
            .unwrap();
        let text = std::fs::read_to_string(project.path("program.py")).unwrap();
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let before = run();
    let mended = project.run(&["check", "--preset", "audit", option, "program.py"]);
    assert!(mended.stderr.starts_with("mended "), "{program}\n{}\n{}", mended.stderr, mended.stdout);
    let text = std::fs::read_to_string(project.path("program.py")).unwrap();
    assert!(text != program, "nothing was mended:\n{program}");
    assert_eq!(before, run(), "{text}");
}

#[test]
fn a_mended_program_does_what_it_did() {
    for program in PROGRAMS {
        does_what_it_did(program, "--fix");
    }
    for program in UNSAFE_PROGRAMS {
        does_what_it_did(program, "--unsafe-fixes");
    }
}

#[test]
fn notebooks() {
    let notebook = "{\n \"cells\": [\n  {\n   \"cell_type\": \"markdown\",\n   \"source\": [\"\\u00fcber\"]\n  },\n  {\n   \
                    \"cell_type\": \"code\",\n   \"execution_count\": 3,\n   \"outputs\": [{\"data\": {\"n\": 1.50}}],\n   \
                    \"source\": [\n    \"%matplotlib inline\\n\",\n    \"import random\\n\",\n    \"import ssl\\n\",\n    \
                    \"name = \\\"\\u00e4\\\"; context = ssl._create_unverified_context()\"\n   ]\n  },\n  {\n   \
                    \"cell_type\": \"code\",\n   \"source\": [\n    \"!pip list\\n\",\n    \
                    \"token = random.choice([1, 2])\"\n   ]\n  }\n ],\n \"metadata\": {},\n \"nbformat\": 4\n}\n";
    let project = Project::new(&[("a.ipynb", notebook)]);
    let preview = project.run(&["check", "--fix", "--diff"]);
    assert_eq!(preview.status, Some(1), "{}", preview.stderr);
    // What is called like a file is what to scan.
    assert_eq!(project.run(&["check", "--fix", "--diff", "a.ipynb"]).stdout, preview.stdout);
    assert!(preview.stdout.contains("--- a/a.ipynb:cell 2\n+++ b/a.ipynb:cell 2\n"), "{}", preview.stdout);
    assert!(preview.stdout.contains("-token = random.choice([1, 2])"), "{}", preview.stdout);
    assert_eq!(std::fs::read_to_string(project.path("a.ipynb")).unwrap(), notebook);
    let run = project.run(&["check", "--fix"]);
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (Some(0), "mended 2 findings in 1 file\n"),
        "{}",
        run.stdout
    );
    let expected = notebook
        .replace("_create_unverified_context", "create_default_context")
        .replace("random.choice", "secrets.choice")
        .replace("\"import random\\n\"", "\"import secrets\\n\",\n    \"import random\\n\"");
    assert_eq!(std::fs::read_to_string(project.path("a.ipynb")).unwrap(), expected);
}

#[test]
fn a_baseline_of_detect_secrets() {
    let secret = "password = \"Tr0ub4dor&3xY\"\n\n\ndef f(connect):\n    return connect(password=\"0ther-Tr0ub4dor\")\n";
    let project = Project::new(&[("src/a.py", secret)]);
    let check = ["check", "--select", "hardcoded-secret", "--baseline", ".secrets.baseline"];
    // The SHA-1 of the first.
    let baseline = "{\"version\": \"1.5.0\", \"plugins_used\": [{\"name\": \"KeywordDetector\"}], \"results\": {\"src/a.py\": [\
                    {\"type\": \"Secret Keyword\", \"filename\": \"src/a.py\", \"hashed_secret\": \"HASH\", \"is_verified\": false, \
                    \"line_number\": 40, \"is_secret\": false}]}, \"generated_at\": \"2026-01-01T00:00:00Z\"}";
    project.write(
        ".secrets.baseline",
        baseline.replace("HASH", "4cc2a9f05a18e26f5b4d9ab1e0a7b1f0c3a3a0f1").as_bytes(),
    );
    assert_eq!(project.run(&check).stdout.matches("hardcoded-secret:").count(), 2);
    project.write(".secrets.baseline", baseline.replace("HASH", SHA1_OF_THE_FIRST).as_bytes());
    let run = project.run(&check);
    assert_eq!(run.stdout.matches("hardcoded-secret:").count(), 1, "{}", run.stdout);
    let json = project.run(&[&check[..], &["--format", "json"]].concat());
    assert!(json.stdout.contains("an audit by detect-secrets: not a secret"), "{}", json.stdout);
}

/// `hashlib.sha1(b"Tr0ub4dor&3xY").hexdigest()`
const SHA1_OF_THE_FIRST: &str = "3c36b7a746eba3d32e33b51a2c6af982d3013181";

#[test]
fn settings_of_bandits_tests() {
    let project = Project::new(&[
        ("a.py", "import ours\nours.system(command)\nopen('/scratch/a')\nopen('/tmp/a')\nassert 1\n"),
        ("tests/b.py", "assert 1\ntry:\n    pass\nexcept KeyError:\n    pass\n"),
        (
            "bandit.yaml",
            "assert_used:\n  skips: ['*/tests/*']\nhardcoded_tmp_directory:\n  tmp_dirs: [/scratch]\n\
             shell_injection:\n  shell: [ours.system]\n  subprocess: []\n  no_shell: []\n\
             try_except_pass:\n  check_typed_exception: true\nsome_plugin:\n  level: 1\n",
        ),
    ]);
    let run = project.run(&["init", "--from-bandit"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let written = std::fs::read_to_string(project.path("vansire.toml")).unwrap();
    assert!(written.contains("# Not carried over: some_plugin.level\n"), "{written}");
    let report = project.report(&[]);
    let found: Vec<(String, u64)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["code"].as_str().unwrap().to_owned(), one["start"]["line"].as_u64().unwrap()))
        .collect();
    let expected = [("B605", 2), ("B108", 3), ("B101", 5), ("B110", 4)];
    assert_eq!(found, expected.map(|(code, line)| (code.to_owned(), line)));
}
