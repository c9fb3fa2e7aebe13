//! Programs with something to mend, beside the examples of the rules' pages.

/// The rules whose fixes the programs here and on the pages must have brought about.
pub const RULES: [&str; 18] = [
    "assert-used",
    "cross-site-scripting",
    "debug-mode-enabled",
    "django-debug-enabled",
    "flask-debug-enabled",
    "insecure-cookie",
    "insecure-temporary-file",
    "request-without-timeout",
    "sql-injection",
    "ssh-host-key-not-verified",
    "template-autoescape-disabled",
    "timing-unsafe-comparison",
    "tls-verification-disabled",
    "unsafe-deserialization",
    "unsafe-model-load",
    "unsafe-yaml-load",
    "weak-hash",
    "weak-randomness",
];

pub const SEEDS: [&str; 15] = [
    "import requests\n\n\ndef fetch(address):\n    return requests.get(address, verify=False, timeout=3)\n",
    "import requests\n\n\ndef fetch(address, data):\n    answer = requests.post(\n        address,  # where to\n        \
     data=data,\n        verify=False\n    )\n    return answer.text\n",
    "import requests\n\n\ndef fetch(address):\n    answer = requests.get(address)\n    return answer\n",
    "import yaml\n\n\ndef read(file):\n    data = yaml.load(file, Loader=yaml.UnsafeLoader)\n    return data\n",
    "import random\n\n\ndef token(names):\n    token = random.choice(names) + str(random.randint(1, 9))\n    return token\n",
    "import hashlib\n\n\ndef sign(document):\n    signature = hashlib.sha1(document).hexdigest()\n    return signature\n",
    "import tempfile\n\n\ndef path():\n    name = tempfile.mktemp(\".txt\")\n    return name\n",
    "from flask import Flask, make_response\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef view():\n    \
     response = make_response(\"ok\")\n    response.set_cookie(\"session\", \"abc\", secure=False)\n    return response\n\n\n\
     app.run(debug=True)\n",
    "import sqlite3\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef view():\n    \
     connection = sqlite3.connect(\"a.db\")\n    \
     rows = connection.execute(f\"SELECT a FROM t WHERE b = '{request.args['b']}'\")\n    return str(rows.fetchall())\n",
    "import sqlite3\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef view():\n    \
     connection = sqlite3.connect(\"a.db\")\n    name = request.args[\"b\"]\n    \
     query = \"SELECT a FROM t WHERE b = '{name}' AND c LIKE '%{name}%'\".format(name=name)\n    \
     rows = connection.execute(query)\n    return str(rows.fetchall())\n",
    "from flask import Flask, request\nfrom sqlalchemy import create_engine, text\n\napp = Flask(__name__)\n\
     engine = create_engine(\"sqlite://\")\n\n\n@app.route(\"/\")\ndef view():\n    name = request.args[\"b\"]\n    \
     with engine.connect() as connection:\n        \
     rows = connection.execute(text(\"SELECT a FROM t WHERE b = '%s'\" % name))\n    return str(rows.fetchall())\n",
    "from flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef view():\n    \
     name = request.args[\"b\"]\n    page = f\"<p title='{name}'>Hello {name}</p>\"\n    return page\n",
    "import pickle\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\ndef write(count):\n    \
     return pickle.dumps({\"count\": int(count), \"of\": [1, 2.5, None]})\n\n\n@app.route(\"/\")\ndef view():\n    \
     state = pickle.loads(request.data)\n    return str(state[\"count\"])\n",
    "import torch\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef view():\n    \
     model = torch.load(request.files[\"model\"])\n    return str(model)\n",
    "def pay(amount, user):\n    assert amount > 0, f\"no {amount}\"  # why\n    assert user\n    return amount\n",
];

/// Programs in which only a guess sees something.
pub const GUESSES: [&str; 5] = [
    "import tarfile\n\n\ndef restore(path):\n    archive = tarfile.open(path)\n    archive.extractall(\"/srv/restore\")\n    return archive\n",
    "import xml.sax\nfrom xml.dom.minidom import parseString\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n\
     @app.route(\"/\")\ndef view():\n    document = parseString(request.data)\n    return str(document)\n",
    "import subprocess\n\n\ndef run():\n    done = subprocess.run(\"/bin/ls -l /srv\", shell=True, check=True)\n    return done\n",
    "import subprocess\n\n\ndef run():\n    return subprocess.check_output(\n        \"/bin/ls -l\",  # what\n        \
     shell=True\n    )\n",
    "def pay(amount):\n    if amount:\n        assert amount is not None\n    return amount\n",
];
