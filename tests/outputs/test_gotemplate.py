"""Go's text/template: what we make of a template is what Go makes of it, or a clear refusal."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from compliance.errors import UsageError
from compliance.outputs.gotemplate import render_go_template

LIBRARIES = [
    {"Name": "example.com/a", "Version": "v1.0.0", "LicenseName": "MIT", "LicenseURL": "Unknown"},
    {"Name": "example.com/b/c", "Version": "v2.1.0", "LicenseName": "<GPL> & 'x'",
     "LicenseURL": "https://example.com/?q=ä b"},
]  # fmt: skip
TEMPLATES = (
    "{{range .}}{{.Name}} {{.Version}}: {{.LicenseName}}\n{{end}}",
    "{{ range $i, $e := . -}}\n  {{ $i }}: {{ $e.Name }}\n{{- end -}}  \n x",
    "{{range .}}\n* {{ .Name }} ([{{.LicenseName}}]({{.LicenseURL}}))\n{{- end}}\n",
    "{{if .}}yes{{else}}no{{end}}{{if not .}}a{{else if true}}b{{else}}c{{end}}",
    '{{range .}}{{if eq .LicenseName "MIT" "ISC"}}M{{else if ne .Name `x`}}N{{end}}{{end}}',
    '{{len .}} {{len (index . 0).Name}} {{(index . 1).Name | printf "%-20s|"}}',
    '{{printf "%s %v %q %d %5d|%05d %t %%" "a" .Missing "b\\"" 3 4 5 true}}',
    "{{with index . 0}}{{.Name}}{{else}}none{{end}}",
    '{{define "row"}}<{{.Name}}>{{end}}{{range .}}{{template "row" .}}{{end}}',
    '{{block "b" .}}{{len .}}{{end}}',
    "{{/* a }} comment */}}x{{- /* b */ -}}  y",
    "{{range .}}{{.LicenseName | html}} {{.LicenseName | js}} {{.LicenseURL | urlquery}}\n{{end}}",
    "{{$n := 0}}{{range .}}{{$n = len .Name}}{{end}}{{$n}}",
    '{{range $x := .}}{{if eq $x.LicenseName "MIT"}}{{continue}}{{end}}{{$x.Name}}{{break}}{{end}}',
    '{{and 1 0}} {{or 0 "x"}} {{not 1}} {{lt 1 2}} {{ge 2 2}} {{gt "b" "a"}} {{le 3 2}}',
    '{{print 1 2 "a" "b" 3}}|{{println 1 "x"}}{{slice "abcdef" 1 3}} {{index "abc" 1}}',
    "{{\"a\\tb\\x41\\u00e9\\n\"}}{{'x'}} {{1.5}} {{-3}}",
    "{{range 3}}{{.}}{{else}}e{{end}}{{range $i := 2}}{{$i}}{{end}}",
    "{{range .}}{{end}}{{range index . 0}}{{.}},{{end}}",
    "{{$}}",
    "{{index . 0}}",
)
DATA_ROOT = {5: {"Missing": None}}
"""Number of a template to data other than the libraries."""

PROGRAM = """package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"
)

type Library struct{ Name, Version, LicenseName, LicenseURL string }

func main() {
	var in struct {
		Templates []string
		Libraries []Library
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	out := []string{}
	for _, text := range in.Templates {
		var b strings.Builder
		t, err := template.New("").Parse(text)
		if err == nil {
			err = t.Execute(&b, in.Libraries)
		}
		if err != nil {
			out = append(out, "error")
			continue
		}
		out = append(out, b.String())
	}
	fmt.Println(string(must(json.Marshal(out))))
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
"""


def made(template: str) -> str:
    try:
        return render_go_template(template, LIBRARIES)
    except UsageError:
        return "error"


@pytest.mark.oracle
def test_go_itself_agrees(tmp_path: Path) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("no go command")
    (tmp_path / "main.go").write_text(PROGRAM, "utf-8")
    (tmp_path / "go.mod").write_text("module x\n\ngo 1.22\n", "utf-8")
    done = subprocess.run(
        [go, "run", "."], cwd=tmp_path, capture_output=True, check=True, text=True,
        encoding="utf-8",
        input=json.dumps({"Templates": [*TEMPLATES, *WRONG], "Libraries": LIBRARIES}),
    )  # fmt: skip
    answers = json.loads(done.stdout)
    ours = [made(t) for t in (*TEMPLATES, *WRONG)]
    assert {
        t: o for t, o, g in zip((*TEMPLATES, *WRONG), ours, answers, strict=True) if o != g
    } == {}


WRONG = (
    "{{", "{{.Name", "{{end}}", "{{range .}}", "{{if}}{{end}}", "{{nothing}}", "{{.}} }} {{else}}",
    "{{(len .}}", "{{\"a}}", "{{/* a", "{{range .}}{{.Nothing}}{{end}}", "{{template \"x\"}}",
    "{{len 3}}", "{{index . 5}}", "{{$x}}", "{{1 2}}", "{{.Name}}", "{{break}}", "{{lt 1 \"a\"}}",
    "{{range .}}{{.Name.X}}{{end}}", "{{if true}}{{else x}}{{end}}", "{{slice . 1 9}}", "{{and}}",
)  # fmt: skip


@pytest.mark.parametrize("template", WRONG)
def test_what_is_wrong_is_told_with_file_and_line(template: str) -> None:
    with pytest.raises(UsageError) as refused:
        render_go_template(f"\n{template}", LIBRARIES, file="t.tpl")
    assert refused.value.file == "t.tpl"
    assert refused.value.line >= 1


def test_methods_are_called_when_they_are_asked_for() -> None:
    asked = []

    def text() -> str:
        asked.append(1)
        return "the text"

    data = [{"LicenseText": text, "Name": "a"}]
    assert render_go_template("{{range .}}{{.Name}}{{end}}", data) == "a"
    assert asked == []
    assert render_go_template("{{range .}}{{.LicenseText}}{{end}}", data) == "the text"


@pytest.mark.parametrize(
    "template",
    [
        '{{define "a"}}{{template "a"}}{{end}}{{template "a"}}',
        "{{range 100000000000}}x{{end}}",
        "{{range 9999}}{{range 9999}}{{range 9999}}{{end}}{{end}}{{end}}",
        '{{printf "%1000000000d" 1}}',
        "(" * 3000 + "{{" + "(" * 3000,
        "{{if true}}" * 3000,
    ],
)
def test_no_template_runs_without_end(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance.outputs.gotemplate.MAX_STEPS", 100_000)
    with pytest.raises(UsageError):
        render_go_template(template, LIBRARIES)


def test_no_attribute_of_a_value_can_be_reached() -> None:
    for name in ("__class__", "items", "append"):
        with pytest.raises(UsageError):
            render_go_template("{{range .}}{{." + name + "}}{{end}}", LIBRARIES)
