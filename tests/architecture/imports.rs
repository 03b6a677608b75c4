//! What a source file imports, read by syn.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, Path, UseTree, Visibility};

/// A path that a file names, from its first segment on.
#[derive(Clone, Debug)]
pub struct Named {
    pub segments: Vec<String>,
    pub line: usize,
}

/// What a file names outside of its tests.
#[derive(Default)]
pub struct Imports {
    /// In `use`, in code, and in the bodies of macros; absolute where they begin with `crate`.
    pub named: Vec<Named>,
    /// What it passes on by `pub use`: the name, and what that stands for.
    pub passed_on: Vec<(String, Vec<String>)>,
    /// Modules in files of their own that are only for tests.
    pub test_modules: Vec<String>,
    /// The modules inside of the file that are being read.
    inside: Vec<String>,
    module: Vec<String>,
}

impl Imports {
    /// `module`: the path of the file's module from the root of the crate.
    pub fn of(text: &str, module: &[String]) -> syn::Result<Self> {
        let mut imports = Self { module: module.to_vec(), ..Self::default() };
        imports.visit_file(&syn::parse_file(text)?);
        Ok(imports)
    }

    fn name(&mut self, segments: Vec<String>, line: usize) {
        // One word is a local name, or the `super` of `pub(super)`.
        if segments.len() > 1 {
            let segments = self.absolute(segments);
            self.named.push(Named { segments, line });
        }
    }

    /// Begins with `crate` what is in it.
    fn absolute(&self, segments: Vec<String>) -> Vec<String> {
        let mut here: Vec<_> = self.module.iter().chain(&self.inside).cloned().collect();
        let mut rest = segments.iter().peekable();
        match rest.peek().map(|first| first.as_str()) {
            Some("pipewright") => here.clear(),
            Some("self" | "super") => {}
            _ => return segments,
        }
        while let Some(first) = rest.next_if(|it| matches!(&***it, "self" | "super" | "pipewright"))
        {
            if first == "super" {
                here.pop();
            }
        }
        here.insert(0, "crate".to_owned());
        here.extend(rest.cloned());
        here
    }

    fn tree(&mut self, tree: &UseTree, before: &[String], is_public: bool) {
        let with = |last: &dyn ToString| [before, &[last.to_string()]].concat();
        let line = tree_line(tree);
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident), is_public),
            UseTree::Group(group) => {
                group.items.iter().for_each(|item| self.tree(item, before, is_public));
            }
            UseTree::Glob(_) => self.name(with(&"*"), line),
            UseTree::Name(name) => {
                let full = if name.ident == "self" { before.to_vec() } else { with(&name.ident) };
                self.pass_on(full.last().cloned().unwrap_or_default(), &full, is_public);
                self.name(full, line);
            }
            UseTree::Rename(rename) => {
                self.pass_on(rename.rename.to_string(), &with(&rename.ident), is_public);
                self.name(with(&rename.ident), line);
            }
        }
    }

    fn pass_on(&mut self, name: String, full: &[String], is_public: bool) {
        if is_public {
            let mut full = self.absolute(full.to_vec());
            if full.first().is_some_and(|first| first != "crate") {
                full = [&["crate".to_owned()], self.module.as_slice(), &full].concat();
            }
            self.passed_on.push((name, full));
        }
    }

    /// Paths in the tokens of a macro, which are no syntax yet.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            let line = token.span().start().line;
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.name(std::mem::take(&mut path), line);
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.name(std::mem::take(&mut path), line);
                    self.tokens(group.stream());
                }
                _ => self.name(std::mem::take(&mut path), line),
            }
        }
        self.name(path, 0);
    }
}

fn tree_line(tree: &UseTree) -> usize {
    match tree {
        UseTree::Path(path) => path.ident.span().start().line,
        UseTree::Name(name) => name.ident.span().start().line,
        UseTree::Rename(rename) => rename.ident.span().start().line,
        UseTree::Glob(_) | UseTree::Group(_) => 0,
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

impl<'a> Visit<'a> for Imports {
    fn visit_item(&mut self, item: &'a Item) {
        let attributes = match item {
            Item::Mod(it) => &it.attrs,
            Item::Use(it) => &it.attrs,
            Item::Fn(it) => &it.attrs,
            Item::Impl(it) => &it.attrs,
            Item::Const(it) => &it.attrs,
            Item::Struct(it) => &it.attrs,
            _ => return visit::visit_item(self, item),
        };
        match item {
            Item::Mod(it) if is_for_tests(attributes) && it.content.is_none() => {
                self.test_modules.push(it.ident.to_string());
            }
            _ if is_for_tests(attributes) => {}
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        self.inside.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.inside.pop();
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let is_public = !matches!(item.vis, Visibility::Inherited);
        self.tree(&item.tree, &[], is_public);
    }

    /// `pub(super)` names nothing.
    fn visit_visibility(&mut self, _: &'a Visibility) {}

    fn visit_path(&mut self, path: &'a Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let line = path.segments.first().map_or(0, |first| first.ident.span().start().line);
        self.name(segments, line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'a Macro) {
        self.visit_path(&item.path);
        self.tokens(item.tokens.clone());
    }
}
