//! Random small programs: types are kept in mind while they are written, so that few of them end by an exception.

mod conditions;
mod containers;
mod definitions;
mod expressions;
mod statements;

use crate::random::Random;

/// The type of a variable, which it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Text,
    Number,
    List(Box<Type>),
    Tuple(Vec<Type>),
    /// Keys are texts.
    Dictionary(Box<Type>),
    /// Of texts.
    Set,
    /// An instance of one of the program's classes.
    Instance(usize),
    /// A callable with one text as its argument, that gives a text.
    Callable,
    /// Something to iterate over, once: of texts.
    Iterator,
}

impl Type {
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    pub fn dictionary(element: Self) -> Self {
        Self::Dictionary(Box::new(element))
    }
}

#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    pub of: Type,
}

#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub of: Type,
    pub optional: bool,
    pub keyword_only: bool,
}

/// What can be called by its name.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub parameters: Vec<Parameter>,
    /// It takes further texts, `*rest`.
    pub starred: bool,
    /// It takes further keywords, `**named`.
    pub named: bool,
    pub result: Type,
}

#[derive(Clone, Debug, Default)]
pub struct Class {
    pub name: String,
    /// Own attributes and inherited ones.
    pub fields: Vec<(String, Option<Type>)>,
    /// What the constructor takes: attributes of these types.
    pub parameters: Vec<Type>,
    /// Own methods and inherited ones.
    pub methods: Vec<Function>,
    /// Attributes and properties that hold texts.
    pub texts: Vec<String>,
    pub base: Option<usize>,
    /// What it can be used for: `item`, `iter`, `call`, `text`, `add`, `with`, `get`.
    pub abilities: Vec<&'static str>,
}

/// Writes a program.
pub struct Writer {
    pub random: Random,
    lines: Vec<String>,
    depth: usize,
    pub variables: Vec<Variable>,
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    pub globals: Vec<Variable>,
    names: usize,
    marks: usize,
    /// What `return` gives where the writer is; nothing where it can't stand.
    pub result: Option<Type>,
    pub in_loop: bool,
    /// Blocks within blocks.
    pub nesting: usize,
    /// Names that can't be assigned where the writer is: they belong to an enclosing function.
    pub foreign: Vec<String>,
}

/// The program of a seed.
pub fn program(seed: u64) -> String {
    let mut writer = Writer {
        random: Random::new(seed),
        lines: Vec::new(),
        depth: 0,
        variables: Vec::new(),
        functions: Vec::new(),
        classes: Vec::new(),
        globals: Vec::new(),
        names: 0,
        marks: 0,
        result: None,
        in_loop: false,
        nesting: 0,
        foreign: Vec::new(),
    };
    writer.program();
    writer.lines.join("\n") + "\n"
}

impl Writer {
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.lines.push(format!("{}{}", "    ".repeat(self.depth), text.as_ref()));
    }

    /// A block below a header. What is bound inside isn't known behind it.
    pub fn block(&mut self, header: impl AsRef<str>, inside: impl FnOnce(&mut Self)) {
        self.line(header);
        self.depth += 1;
        self.nesting += 1;
        let known = self.variables.len();
        let before = self.lines.len();
        inside(self);
        if self.lines.len() == before {
            self.line("pass");
        }
        self.variables.truncate(known);
        self.nesting -= 1;
        self.depth -= 1;
    }

    pub fn fresh(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    /// A marked text.
    pub fn source(&mut self) -> String {
        self.marks += 1;
        format!("source(\"m{}\")", self.marks - 1)
    }

    pub fn bind(&mut self, name: &str, of: Type) {
        self.variables.push(Variable { name: name.to_owned(), of });
    }

    /// A variable of this type that can be read.
    pub fn variable(&mut self, of: &Type) -> Option<String> {
        let mut all: Vec<String> =
            self.variables.iter().filter(|one| one.of == *of).map(|one| one.name.clone()).collect();
        // What was bound last is looked at most.
        let late: Vec<String> = all.iter().rev().take(3).cloned().collect();
        all.extend(late);
        all.extend(self.globals.iter().filter(|one| one.of == *of).map(|one| one.name.clone()));
        self.random.one(&all)
    }

    /// A variable of this type that can be bound anew here.
    pub fn own_variable(&mut self, of: &Type) -> Option<String> {
        let all: Vec<String> = self
            .variables
            .iter()
            .filter(|one| one.of == *of && !self.foreign.contains(&one.name))
            .map(|one| one.name.clone())
            .collect();
        self.random.one(&all)
    }

    pub fn key(&mut self) -> &'static str {
        self.random.pick(&["\"a\"", "\"b\"", "\"c\"", "\"key\""])
    }

    /// A type for a new variable.
    pub fn some_type(&mut self) -> Type {
        match self.random.below(24) {
            0..=7 => Type::Text,
            8..=11 => Type::list(Type::Text),
            12..=14 => Type::dictionary(Type::Text),
            15 => Type::Tuple(vec![Type::Text, Type::Text]),
            16 => Type::Tuple(vec![Type::Text, Type::Number, Type::Text]),
            17 => Type::Set,
            18 => Type::list(Type::Tuple(vec![Type::Text, Type::Text])),
            19 => Type::list(Type::list(Type::Text)),
            20 => Type::dictionary(Type::list(Type::Text)),
            21 => Type::Number,
            22 => Type::Callable,
            _ if self.classes.is_empty() => Type::Text,
            _ => Type::Instance(self.random.below(self.classes.len())),
        }
    }

    fn program(&mut self) {
        self.line("from marks import source, sink");
        for _ in 0..self.random.below(3) {
            self.global();
        }
        for _ in 0..self.random.below(3) {
            self.class();
        }
        for _ in 0..self.random.below(4) {
            self.function();
        }
        let mut mains = Vec::new();
        for _ in 0..self.random.between(1, 3) {
            let name = self.fresh("main");
            let header = format!("def {name}():");
            self.body(&header, &[], Some(Type::Text), |writer| {
                let count = writer.random.between(4, 11);
                writer.statements(count);
            });
            mains.push(name);
        }
        if self.random.chance(30) {
            self.block("try:", |writer| {
                let count = writer.random.between(3, 7);
                writer.statements(count);
            });
            self.line("except Exception:");
            self.line("    pass");
        }
        for name in mains {
            self.line("try:");
            self.line(format!("    {name}()"));
            self.line("except Exception:");
            self.line("    pass");
        }
    }

    fn global(&mut self) {
        let of = self.some_type();
        let name = self.fresh("g");
        let value = self.expression(&of, 2);
        self.line(format!("{name} = {value}"));
        self.globals.push(Variable { name, of });
    }

    /// The body of a function: with variables of its own.
    pub fn body(
        &mut self,
        header: &str,
        parameters: &[Variable],
        result: Option<Type>,
        inside: impl FnOnce(&mut Self),
    ) {
        let outer = (std::mem::replace(&mut self.result, result), self.in_loop, self.foreign.clone());
        self.in_loop = false;
        self.foreign = self.variables.iter().map(|one| one.name.clone()).collect();
        let parameters = parameters.to_vec();
        self.block(header, |writer| {
            writer.variables.extend(parameters);
            inside(writer);
        });
        (self.result, self.in_loop, self.foreign) = outer;
    }
}
