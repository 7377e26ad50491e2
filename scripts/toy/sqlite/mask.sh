echo 'pawl: problem mask is not written yet.'; exit 1
