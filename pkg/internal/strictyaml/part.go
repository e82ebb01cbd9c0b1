package strictyaml

// Part is a part of a file that is parsed by itself: one document, as a rule.
// Parts may be parsed at the same time.
type Part struct {
	src   *source
	text  []byte
	errs  Errors // of parsing alone
	roots []Value
}

// Split cuts a file into the parts that hold its documents, in order. What is
// wrong with the file as a whole is added to errs, and then there are no
// parts.
func Split(file string, data []byte, errs *Errors) []*Part {
	text, ok := checkText(file, data, errs)
	if !ok {
		return nil
	}
	var out []*Part
	for _, p := range parts(text) {
		part := &Part{text: p.text}
		part.src = &source{file: file, line: p.line, errs: &part.errs}
		if p.directive > 0 {
			part.errs.Add(directiveError(part.src, p.directive))
			part.text = nil
		}
		out = append(out, part)
	}
	return out
}

// Parse parses the part. Roots has the result.
func (p *Part) Parse() {
	if p.text != nil {
		p.roots = parsePart(p.src, p.text)
	}
}

// Size is the length of the part in bytes.
func (p *Part) Size() int { return len(p.text) }

// Roots gives the roots of the documents that could be read. The errors of
// parsing are added to errs, as are later errors of the values.
func (p *Part) Roots(errs *Errors) []Value {
	*errs = append(*errs, p.errs...)
	p.src.errs = errs
	return p.roots
}
