echo 'pawl: problem restore is not written yet.'; exit 1
