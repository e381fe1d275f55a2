"""What a clinician would work out first: courses, exposures, what is known of genes, kidneys and pregnancy."""
