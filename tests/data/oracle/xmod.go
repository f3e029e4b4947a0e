// Answers questions about golang.org/x/mod, one JSON object per line in and out.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

type question struct {
	Kind string
	Data []byte
	A, B string
}

// canonical stands in for the query that the go command would make for other versions.
func canonical(path, version string) (string, error) {
	_, major, ok := module.SplitPathVersion(path)
	if !ok {
		return "", errors.New("malformed module path")
	}
	if version == "" || module.CanonicalVersion(version) != version {
		return "", errors.New("not canonical")
	}
	return version, module.CheckPathMajor(version, major)
}

func file(f *modfile.File, err error) any {
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	out := map[string]any{}
	if f.Module != nil {
		out["module"] = []any{f.Module.Mod.Path, f.Module.Deprecated, f.Module.Syntax.Start.Line}
	}
	if f.Go != nil {
		out["go"] = []any{f.Go.Version, f.Go.Syntax.Start.Line}
	}
	if f.Toolchain != nil {
		out["toolchain"] = []any{f.Toolchain.Name, f.Toolchain.Syntax.Start.Line}
	}
	list := [][]any{}
	for _, r := range f.Require {
		list = append(list, []any{"require", r.Mod.Path, r.Mod.Version, r.Indirect, r.Syntax.Start.Line})
	}
	for _, r := range f.Exclude {
		list = append(list, []any{"exclude", r.Mod.Path, r.Mod.Version, r.Syntax.Start.Line})
	}
	list = append(list, replaces(f.Replace)...)
	for _, r := range f.Retract {
		list = append(list, []any{"retract", r.Low, r.High, r.Rationale, r.Syntax.Start.Line})
	}
	for _, r := range f.Tool {
		list = append(list, []any{"tool", r.Path, r.Syntax.Start.Line})
	}
	for _, r := range f.Ignore {
		list = append(list, []any{"ignore", r.Path, r.Syntax.Start.Line})
	}
	for _, r := range f.Godebug {
		list = append(list, []any{"godebug", r.Key, r.Value, r.Syntax.Start.Line})
	}
	out["list"] = list
	return out
}

func replaces(list []*modfile.Replace) (out [][]any) {
	for _, r := range list {
		out = append(out, []any{"replace", r.Old.Path, r.Old.Version, r.New.Path, r.New.Version, r.Syntax.Start.Line})
	}
	return out
}

func work(f *modfile.WorkFile, err error) any {
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	out := map[string]any{}
	if f.Go != nil {
		out["go"] = []any{f.Go.Version, f.Go.Syntax.Start.Line}
	}
	if f.Toolchain != nil {
		out["toolchain"] = []any{f.Toolchain.Name, f.Toolchain.Syntax.Start.Line}
	}
	list := [][]any{}
	for _, r := range f.Use {
		list = append(list, []any{"use", r.Path, r.Syntax.Start.Line})
	}
	list = append(list, replaces(f.Replace)...)
	for _, r := range f.Godebug {
		list = append(list, []any{"godebug", r.Key, r.Value, r.Syntax.Start.Line})
	}
	out["list"] = list
	return out
}

func orEmpty(s string, err error) string {
	if err != nil {
		return ""
	}
	return s
}

func answer(q question) any {
	switch q.Kind {
	case "strict":
		return file(modfile.Parse("f", q.Data, canonical))
	case "lax":
		return file(modfile.ParseLax("f", q.Data, nil))
	case "work":
		return work(modfile.ParseWork("f", q.Data, nil))
	case "compare":
		return semver.Compare(q.A, q.B)
	case "version":
		base, err := module.PseudoVersionBase(q.A)
		rev, _ := module.PseudoVersionRev(q.A)
		return []any{
			semver.IsValid(q.A), module.CanonicalVersion(q.A), semver.Major(q.A),
			semver.Prerelease(q.A), semver.Build(q.A), module.IsPseudoVersion(q.A),
			orEmpty(base, err), rev, orEmpty(module.EscapeVersion(q.A)),
			orEmpty(module.UnescapeVersion(q.A)),
		}
	case "path":
		prefix, major, ok := module.SplitPathVersion(q.A)
		return []any{
			module.CheckPath(q.A) == nil, module.CheckImportPath(q.A) == nil,
			module.CheckFilePath(q.A) == nil, prefix, major, ok,
			orEmpty(module.EscapePath(q.A)), orEmpty(module.UnescapePath(q.A)),
		}
	case "major":
		_, major, ok := module.SplitPathVersion(q.A)
		return ok && module.CheckPathMajor(q.B, major) == nil
	}
	panic(q.Kind)
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		var q question
		if decoder.Decode(&q) != nil {
			return
		}
		if err := encoder.Encode(answer(q)); err != nil {
			panic(err)
		}
	}
}
