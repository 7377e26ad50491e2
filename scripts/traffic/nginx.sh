# (to come)
refuse "I do not know how to do that, so I touched nothing."
