"""Reports of taxes: what sellers declare by quarter (OSS), and the site by year (DAC7).

Owns the table `seller_tax_details`. All else is read from orders, as they were when they were made.
"""
