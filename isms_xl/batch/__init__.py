"""All registers of a group in one run.

Files are found (`discovery`), worked on one by one (`work`) in processes of this machine (`workers`)
or of a cluster (`cluster`), and read side by side (`running`). One bad file never stops the run.
"""
