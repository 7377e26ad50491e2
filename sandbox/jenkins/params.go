package jenkins

// properties are the parameters that a job declares, if it does.
func (j *job) properties() list {
	if len(j.Params) == 0 {
		return list{}
	}
	p := &bean{class: "hudson.model.ParametersDefinitionProperty"}
	var defs list
	for _, d := range j.Params {
		defs.all = append(defs.all, paramBean(d))
	}
	p.add(2, "parameterDefinitions", defs)
	return list{all: []*bean{p}}
}

func paramBean(p Param) *bean {
	kind := map[string]string{String: "String", Choice: "Choice", Boolean: "Boolean"}[p.Kind] + "ParameterDefinition"
	b := &bean{class: "hudson.model." + kind}
	b.add(3, "defaultParameterValue", valueBean(Value{Name: p.Name, Value: p.Default, Kind: p.Kind}))
	b.add(3, "description", p.Description)
	b.add(3, "name", p.Name)
	b.add(3, "type", kind)
	if p.Kind == Choice {
		b.add(3, "choices", p.Choices)
	}
	return b
}
