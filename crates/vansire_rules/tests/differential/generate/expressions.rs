//! Expressions by type.

use super::{Function, Type, Writer};

impl Writer {
    pub fn expression(&mut self, of: &Type, depth: usize) -> String {
        if self.random.chance(if depth == 0 { 75 } else { 25 })
            && let Some(name) = self.variable(of)
        {
            return name;
        }
        if depth > 0 && self.random.chance(6) {
            let (yes, no) = (self.expression(of, depth - 1), self.expression(of, depth - 1));
            let test = self.condition(0);
            return format!("({yes} if {test} else {no})");
        }
        if depth > 0
            && self.random.chance(20)
            && let Some(call) = self.call_for(of, depth - 1)
        {
            return call;
        }
        match of {
            Type::Text => self.text(depth),
            Type::Number => self.number(depth),
            Type::List(element) => self.list(element, depth),
            Type::Tuple(elements) => self.tuple(elements, depth),
            Type::Dictionary(element) => self.dictionary(element, depth),
            Type::Set => self.set(depth),
            Type::Instance(class) => self.instance(*class, depth),
            Type::Callable => self.callable(depth),
            Type::Iterator => self.iterator(depth),
        }
    }

    fn constant(&mut self) -> String {
        self.random.pick(&["\"a\"", "\"b\"", "\"c\"", "\"key\"", "\"\"", "\"x-y\"", "\"one two\""]).to_owned()
    }

    pub fn text(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.random.below(10) {
                0..=2 => self.source(),
                3..=6 => match self.variable(&Type::Text) {
                    Some(name) => name,
                    None => self.constant(),
                },
                _ => self.constant(),
            };
        }
        let depth = depth - 1;
        match self.random.below(34) {
            0 | 1 => self.source(),
            2 => self.constant(),
            3 | 4 => match self.variable(&Type::Text) {
                Some(name) => name,
                None => self.source(),
            },
            5 => format!("{} + {}", self.text(depth), self.text(depth)).parenthesized(),
            6 => format!("f\"<{{{}}}-{{{}!s:>3}}>\"", self.plain_text(), self.plain_text()),
            7 => match self.random.below(4) {
                0 => format!("\"{{}}/{{}}\".format({}, {})", self.text(depth), self.text(depth)),
                1 => format!("\"%s=%s\" % ({}, {})", self.text(depth), self.text(depth)),
                2 => format!(
                    "\"{{x}}.{{y[0]}}\".format(x={}, y={})",
                    self.text(depth),
                    self.list(&Type::Text, depth)
                ),
                _ => format!("\"%(k)s\" % {{\"k\": {}}}", self.text(depth)),
            },
            8 => {
                let method = self.random.pick(&[
                    "upper()",
                    "lower()",
                    "strip()",
                    "title()",
                    "swapcase()",
                    "replace(\"a\", \"b\")",
                    "rstrip(\"a\")",
                    "center(9)",
                    "zfill(5)",
                    "removeprefix(\"a\")",
                    "casefold()",
                    "expandtabs()",
                    "encode().decode()",
                    "split()[0]",
                    "partition(\" \")[2]",
                    "rsplit(\" \", 1)[-1]",
                    "splitlines()[0]",
                ]);
                format!("{}.{method}", self.operand(depth))
            }
            9 => format!("{}.replace(\"a\", {})", self.operand(depth), self.text(depth)),
            10 => format!("{}[{}]", self.operand(depth), self.slice()),
            11 => {
                format!("\"{}\".join({})", self.random.pick(&["", ",", " "]), self.list(&Type::Text, depth))
            }
            12..=15 => {
                let position = self.position();
                match self.variable(&Type::list(Type::Text)) {
                    Some(list) => format!("{list}[{position}]"),
                    None => format!("{}[0]", self.list(&Type::Text, depth)),
                }
            }
            16..=18 => {
                let key = self.key();
                match self.variable(&Type::dictionary(Type::Text)) {
                    Some(dictionary) => match self.random.below(4) {
                        0 => format!("{dictionary}[{key}]"),
                        1 => format!("{dictionary}.get({key}, {})", self.text(0)),
                        2 => format!("{dictionary}.pop({key}, {})", self.text(0)),
                        _ => format!("{dictionary}.setdefault({key}, {})", self.text(0)),
                    },
                    None => self.text(depth),
                }
            }
            19 | 20 => {
                let pair = Type::Tuple(vec![Type::Text, Type::Text]);
                match self.variable(&pair) {
                    Some(pair) => format!("{pair}[{}]", self.random.pick(&["0", "1", "-1"])),
                    None => {
                        format!("{}[{}]", self.tuple(&[Type::Text, Type::Text], depth), self.random.below(2))
                    }
                }
            }
            21 => match self.variable(&Type::list(Type::Tuple(vec![Type::Text, Type::Text]))) {
                Some(pairs) => format!("{pairs}[{}][{}]", self.position(), self.random.below(2)),
                None => self.text(depth),
            },
            22 => match self.variable(&Type::list(Type::list(Type::Text))) {
                Some(rows) => format!("{rows}[{}][{}]", self.position(), self.position()),
                None => self.text(depth),
            },
            23 => match self.variable(&Type::dictionary(Type::list(Type::Text))) {
                Some(groups) => format!("{groups}[{}][{}]", self.key(), self.position()),
                None => self.text(depth),
            },
            24 => {
                let (yes, no) = (self.text(depth), self.text(depth));
                format!("({yes} if {} else {no})", self.condition(1))
            }
            25 => format!("({} {} {})", self.text(depth), self.random.pick(&["or", "and"]), self.text(depth)),
            26 => match self.variable(&Type::Callable) {
                Some(callable) => format!("{callable}({})", self.text(depth)),
                None => format!("({})({})", self.lambda(depth), self.text(depth)),
            },
            27 | 28 => self.of_instance(depth),
            29 => {
                let list = self.list(&Type::Text, depth);
                let function = self
                    .random
                    .pick(&["max", "min", "sorted", "next", "str", "list", "tuple", "reduce", "sum"]);
                match function {
                    "sorted" | "list" | "tuple" => format!("{function}({list})[0]"),
                    "next" => format!("next(iter({list}), {})", self.text(0)),
                    "str" => format!("{}({list})", self.random.pick(&["str", "repr"])),
                    "reduce" => format!("__import__(\"functools\").reduce(lambda p, q: p + q, {list}, \"\")"),
                    "sum" => format!("sum([[one] for one in {list}], [])[0]"),
                    _ => format!("{function}({list}, default=\"\")"),
                }
            }
            30 => format!("\"\".join(one for one in {})", self.text(depth)),
            31 => format!("str({})", self.text(depth)),
            32 => self.text(depth),
            _ => match self.variable(&Type::Iterator) {
                Some(iterator) => format!("next({iterator}, {})", self.text(0)),
                None => format!("next({}, {})", self.iterator(depth), self.text(0)),
            },
        }
    }

    /// A text that a method can be called on.
    fn operand(&mut self, depth: usize) -> String {
        self.text(depth.min(1))
    }

    /// A text without quotes, for f-strings.
    fn plain_text(&mut self) -> String {
        match self.variable(&Type::Text) {
            Some(name) => name,
            None => self.random.below(9).to_string(),
        }
    }

    fn of_instance(&mut self, depth: usize) -> String {
        let Some(class) = self.some_class() else { return self.text(depth) };
        let instance = match self.variable(&Type::Instance(class)) {
            Some(name) => name,
            None => self.instance(class, depth),
        };
        let texts = self.classes[class].texts.clone();
        let abilities = self.classes[class].abilities.clone();
        if self.random.chance(40)
            && let Some(ability) = self.random.one(&abilities)
        {
            return match ability {
                "item" => format!("{instance}[{}]", self.key()),
                "iter" => format!("list({instance})[0]"),
                "call" => format!("{instance}({})", self.text(depth)),
                "text" => match self.random.below(3) {
                    0 => format!("str({instance})"),
                    1 => format!("\"%s\" % {instance}"),
                    _ => format!("\"{{}}\".format({instance})"),
                },
                "add" => format!("({instance} + {})", self.text(depth)),
                "get" => format!("{instance}.anything"),
                _ => format!("{instance}.contains({})", self.text(depth)),
            };
        }
        match self.random.one(&texts) {
            Some(field) if self.random.chance(20) => format!("getattr({instance}, \"{field}\")"),
            Some(field) => format!("{instance}.{field}"),
            None => self.text(depth),
        }
    }

    pub fn some_class(&mut self) -> Option<usize> {
        let instances: Vec<usize> = self
            .variables
            .iter()
            .filter_map(|one| if let Type::Instance(class) = one.of { Some(class) } else { None })
            .collect();
        match self.random.one(&instances) {
            Some(class) => Some(class),
            None if self.classes.is_empty() => None,
            None => Some(self.random.below(self.classes.len())),
        }
    }

    pub fn instance(&mut self, class: usize, depth: usize) -> String {
        let Class { name, parameters, .. } = &self.classes[class];
        let (name, parameters) = (name.clone(), parameters.clone());
        let arguments: Vec<String> = parameters.iter().map(|of| self.expression(of, depth.min(1))).collect();
        format!("{name}({})", arguments.join(", "))
    }

    pub fn lambda(&mut self, depth: usize) -> String {
        let name = self.fresh("v");
        let known = self.variables.len();
        self.bind(&name, Type::Text);
        let body = self.text(depth.min(2));
        self.variables.truncate(known);
        format!("lambda {name}: {body}")
    }

    fn callable(&mut self, depth: usize) -> String {
        let functions: Vec<String> = self
            .functions
            .iter()
            .filter(|one| {
                one.result == Type::Text
                    && one
                        .parameters
                        .first()
                        .is_some_and(|first| first.of == Type::Text && !first.keyword_only)
                    && one.parameters[1..].iter().all(|other| other.optional)
            })
            .map(|one| one.name.clone())
            .collect();
        match self.random.below(6) {
            0 => self.random.pick(&["str", "str.upper", "str.strip"]).to_owned(),
            1 => "\"<{}>\".format".to_owned(),
            2 | 3 => match self.random.one(&functions) {
                Some(name) => name,
                None => format!("({})", self.lambda(depth)),
            },
            _ => format!("({})", self.lambda(depth)),
        }
    }

    /// A call of a function of the program that gives this type.
    fn call_for(&mut self, of: &Type, depth: usize) -> Option<String> {
        let mut functions: Vec<(String, Function)> = self
            .functions
            .iter()
            .filter(|one| one.result == *of)
            .map(|one| (one.name.clone(), one.clone()))
            .collect();
        for variable in &self.variables {
            if let Type::Instance(class) = variable.of {
                for method in self.classes[class].methods.iter().filter(|one| one.result == *of) {
                    functions.push((format!("{}.{}", variable.name, method.name), method.clone()));
                }
            }
        }
        let (name, function) = self.random.one(&functions)?;
        Some(self.call(&name, &function, depth))
    }

    pub fn call(&mut self, name: &str, function: &Function, depth: usize) -> String {
        let depth = depth.min(1);
        let mut positional = Vec::new();
        let mut keywords = Vec::new();
        let mut by_keyword = false;
        let mut skipped = false;
        for parameter in &function.parameters {
            if parameter.optional && self.random.chance(40) {
                skipped = true;
                continue;
            }
            let value = self.expression(&parameter.of, depth);
            by_keyword |= parameter.keyword_only || self.random.chance(25) || skipped;
            if by_keyword && !(function.starred && !parameter.keyword_only && !skipped) {
                keywords.push((parameter.name.clone(), value));
            } else {
                positional.push(value);
            }
        }
        if function.starred && keywords.is_empty() && !skipped {
            for _ in 0..self.random.below(3) {
                positional.push(self.text(0));
            }
            if self.random.chance(30) {
                positional.push(format!("*{}", self.list(&Type::Text, 0)));
            }
        }
        if function.named && self.random.chance(60) {
            keywords.push((self.random.pick(&["extra", "other"]).to_owned(), self.text(depth)));
        }
        if self.random.chance(15) && !positional.is_empty() {
            let bracket = if positional.len() == 1 { "," } else { "" };
            positional = vec![format!("*({}{bracket})", positional.join(", "))];
        }
        if self.random.chance(50) {
            keywords.reverse();
        }
        let mut arguments = positional;
        if self.random.chance(15) && !keywords.is_empty() {
            let entries: Vec<String> =
                keywords.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
            arguments.push(format!("**{{{}}}", entries.join(", ")));
        } else {
            arguments.extend(keywords.iter().map(|(name, value)| format!("{name}={value}")));
        }
        format!("{name}({})", arguments.join(", "))
    }
}

use super::Class;

trait Piece {
    fn parenthesized(self) -> String;
}

impl Piece for String {
    fn parenthesized(self) -> String {
        format!("({self})")
    }
}
